import { DatasetKind, DatasetManifest, type DatasetVersion } from '@ratchet/domain/dataset-version.ts'
import { z } from 'zod'
import { StoredFileView } from './stored-file.ts'

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

/** A file of a dataset version; `rows` is null for what describes it. */
export const DatasetFileView = z
  .strictObject({ ...StoredFileView.shape, rows: z.number().int().nullable() })
  .meta({ id: 'DatasetFile' })
export type DatasetFileView = z.infer<typeof DatasetFileView>

export function datasetView({ id, kind, iterationId, roundId, prefix, manifest }: DatasetVersion): DatasetView {
  return { id, kind, iterationId, roundId, prefix, manifest }
}
