import type { Checkpoint } from '@ratchet/domain/checkpoint.ts'
import { z } from 'zod'
import { StoredFileView } from './stored-file.ts'

export const CheckpointView = z
  .strictObject({
    id: z.string(),
    iterationId: z.string(),
    roundId: z.string().nullable(),
    path: z.string(),
    manifestSha256: z.string().nullable(),
    uri: z.string().nullable().describe('Where it was pushed to in the object store.'),
    metrics: z.record(z.string(), z.unknown()),
  })
  .meta({ id: 'Checkpoint' })
export type CheckpointView = z.infer<typeof CheckpointView>

/** A file of a pushed checkpoint, or its manifest. */
export const CheckpointFileView = StoredFileView.meta({ id: 'CheckpointFile' })
export type CheckpointFileView = z.infer<typeof CheckpointFileView>

export function checkpointView(checkpoint: Checkpoint): CheckpointView {
  return { ...checkpoint, metrics: { ...checkpoint.metrics } }
}
