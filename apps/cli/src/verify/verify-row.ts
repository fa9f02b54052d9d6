import { z } from 'zod'

const Options = z.strictObject({
  extract: z
    .array(z.enum(['boxed', 'latex', 'expression', 'choice', 'last-number', 'raw']))
    .min(1)
    .optional(),
  choices: z.array(z.string().min(1)).min(2).max(26).optional(),
  strict: z.boolean().optional(),
  decimals: z.number().int().min(0).max(100).optional(),
  percent: z.enum(['ignore', 'exact']).optional(),
})

/** Whole numbers beyond 2^53 lose digits as they are read. */
export const RowId = z.union([z.string(), z.number().refine((id) => !Number.isInteger(id) || Number.isSafeInteger(id))])
export type RowId = z.infer<typeof RowId>

/** A row of the input of `ratchet verify`; other keys than these are not looked at. */
export const VerifyRow = z.object({
  id: RowId,
  kind: z.enum(['math', 'choice', 'exact', 'code', 'judge']),
  /** Any of several will do. Of kind `code`: the test program. */
  gold: z.union([z.string().min(1), z.array(z.string().min(1)).min(1)]),
  response: z.string(),
  problem: z.string().nullish(),
  options: Options.nullish(),
})
export type VerifyRow = z.infer<typeof VerifyRow>

/** A row of the output; `ms` is the time in the verifier. */
export const VerifiedRow = z.object({
  id: RowId.nullable(),
  verdict: z.enum(['correct', 'incorrect', 'undecided']),
  reason: z.string(),
  extracted: z.string().nullable(),
  verifier: z.string(),
  ms: z.number(),
})
export type VerifiedRow = z.infer<typeof VerifiedRow>
