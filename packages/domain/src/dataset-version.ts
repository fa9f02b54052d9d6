import { z } from 'zod'

export const DatasetKind = z.enum(['sft', 'preference'])
export type DatasetKind = z.infer<typeof DatasetKind>

/** One stage of the curation funnel: how many trajectories came in, how many were left, and which rule stood between. */
export const FunnelStep = z.strictObject({ rule: z.string(), before: z.number().int(), after: z.number().int() })
export type FunnelStep = z.infer<typeof FunnelStep>

export const DatasetFile = z.strictObject({
  path: z.string(),
  format: z.enum(['jsonl.gz', 'parquet']),
  rows: z.number().int(),
  bytes: z.number().int(),
  sha256: z.string(),
})
export type DatasetFile = z.infer<typeof DatasetFile>

/**
 * What a dataset version is made of. Holds nothing that differs between two runs with the same outcome: no times, no
 * addresses, no generated ids. `rowsSha256` is the hash of the canonical JSON Lines of all rows in order.
 */
export const DatasetManifest = z.strictObject({
  format: z.literal(1),
  kind: DatasetKind,
  name: z.string(),
  roundIndex: z.number().int(),
  rows: z.number().int(),
  rowsSha256: z.string(),
  thoughtFormat: z.string(),
  /** The curation rules with their parameters, as the recipe gave them. */
  curation: z.unknown(),
  funnel: z.array(FunnelStep),
  files: z.array(DatasetFile),
})
export type DatasetManifest = z.infer<typeof DatasetManifest>

/** An immutable curated set. `id` is `ds_` and the first 32 hex digits of the sha256 of its canonical manifest, files excluded. */
export type DatasetVersion = {
  readonly id: string
  readonly kind: DatasetKind
  readonly iterationId: string
  readonly roundId: string
  readonly manifest: DatasetManifest
  /** Object-store prefix that holds `manifest.json`, `README.md` and the files. */
  readonly prefix: string
}

export const ChatMessage = z.strictObject({ role: z.enum(['system', 'user', 'assistant']), content: z.string() })
export type ChatMessage = z.infer<typeof ChatMessage>

/** One row of an `sft` version. */
export const SftRow = z.strictObject({
  id: z.string(),
  problemId: z.string(),
  roundIndex: z.number().int(),
  index: z.number().int(),
  prompt: z.array(ChatMessage),
  completion: z.array(ChatMessage),
  /** Null when nobody counted them. */
  completionTokens: z.number().int().nullable(),
  perplexity: z.number().nullable(),
  policyVersion: z.string(),
})
export type SftRow = z.infer<typeof SftRow>

/** One row of a `preference` version: a correct and an incorrect trajectory of the same problem. */
export const PreferenceRow = z.strictObject({
  id: z.string(),
  problemId: z.string(),
  roundIndex: z.number().int(),
  prompt: z.array(ChatMessage),
  chosen: z.array(ChatMessage),
  rejected: z.array(ChatMessage),
  chosenIndex: z.number().int(),
  rejectedIndex: z.number().int(),
  chosenPerplexity: z.number().nullable(),
  rejectedPerplexity: z.number().nullable(),
})
export type PreferenceRow = z.infer<typeof PreferenceRow>
