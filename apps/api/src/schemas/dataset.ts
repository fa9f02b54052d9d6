import { DatasetKind, DatasetManifest, type DatasetVersion } from '@ratchet/domain/dataset-version.ts'

import { z } from 'zod'

export const DatasetView = z
  .strictObject({
    id: z.string(),
    kind: DatasetKind,
    iterationId: z.string(),
    roundId: z.string(),
    /** Where it is in the object store. */
    prefix: z.string(),
    manifest: DatasetManifest.meta({ id: 'DatasetManifest' }),
  })
  .meta({ id: 'DatasetVersion' })
export type DatasetView = z.infer<typeof DatasetView>

/** A file of a dataset version. `url` is absolute where the object store signs addresses, else a path of this API. */
export const DatasetFileView = z
  .strictObject({
    path: z.string(),
    bytes: z.number().int(),
    sha256: z.string(),
    rows: z.number().int().nullable(),
    url: z.string(),
    /** Null when the address does not expire. */
    expiresAt: z.iso.datetime().nullable(),
  })
  .meta({ id: 'DatasetFile' })
export type DatasetFileView = z.infer<typeof DatasetFileView>

export function datasetView({ id, kind, iterationId, roundId, prefix, manifest }: DatasetVersion): DatasetView {
  return { id, kind, iterationId, roundId, prefix, manifest }
}
