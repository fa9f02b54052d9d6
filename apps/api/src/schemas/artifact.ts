import { EvaluationReport } from '@ratchet/domain/evaluation/evaluation-report.ts'
import { z } from 'zod'

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

/** `scores`, problem by problem, is there only when it was asked for. */
export const ReportView = z
  .strictObject({ ...EvaluationReport.shape, scores: EvaluationReport.shape.scores.optional() })
  .meta({ id: 'EvaluationReport' })
export type ReportView = z.infer<typeof ReportView>

export const DeploymentView = z
  .strictObject({
    iterationId: z.string(),
    roundId: z.string(),
    checkpointId: z.string(),
    name: z.string(),
    state: z.enum(['starting', 'ready', 'released', 'failed']),
    endpoints: z.array(z.string()),
    reason: z.string().nullable(),
  })
  .meta({ id: 'Deployment' })
export type DeploymentView = z.infer<typeof DeploymentView>
