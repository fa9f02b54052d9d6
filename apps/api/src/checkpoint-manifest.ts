import { z } from 'zod'

/** What a manifest may have at most; one of a model of 163 shards has 30 KB. */
export const manifestLimits = { bytes: 4 * 1024 * 1024, files: 10_000 } as const

/** The part of a key that a checkpoint's prefix leaves over. */
const pathBytes = 512

const FilePath = z.string().refine(isFilePath, 'must lead to a file below the checkpoint')

/** What a trainer wrote about a checkpoint; its other fields are for trainers and servers. */
export const CheckpointManifest = z.object({
  format: z.literal(1),
  files: z
    .array(
      z.object({
        path: FilePath,
        bytes: z.number().int().min(0),
        sha256: z.string().regex(/^[0-9a-f]{64}$/, 'must be a SHA-256 in lower-case hex'),
      }),
    )
    .max(manifestLimits.files)
    .refine((files) => new Set(files.map(({ path }) => path)).size === files.length, 'must name each file once'),
})
export type CheckpointManifest = z.infer<typeof CheckpointManifest>

/** Whether a path stays below its directory, names one file on every system, and is no name that is ours. */
function isFilePath(path: string): boolean {
  if (/[\\\p{Cc}\p{Surrogate}\ufffe\uffff]/u.test(path) || Buffer.byteLength(path) > pathBytes) return false
  const parts = path.split('/')
  return (
    path !== 'manifest.json' && !parts.some((part) => ['', '.', '..'].includes(part) || Buffer.byteLength(part) > 240)
  )
}
