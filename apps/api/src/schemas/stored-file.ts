import { z } from 'zod'

/** A file that can be downloaded. `url` is absolute where the object store signs addresses, else a path of this API. */
export const StoredFileView = z.strictObject({
  path: z.string(),
  bytes: z.number().int(),
  sha256: z.string(),
  url: z.string(),
  /** Null when the address does not expire. */
  expiresAt: z.iso.datetime().nullable(),
})
export type StoredFileView = z.infer<typeof StoredFileView>
