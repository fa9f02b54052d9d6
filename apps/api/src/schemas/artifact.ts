import { DeploymentState } from '@ratchet/domain/deployment-state.ts'
import { EvaluationReport } from '@ratchet/domain/evaluation/evaluation-report.ts'
import { z } from 'zod'

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
    state: DeploymentState,
    endpoints: z.array(z.string()),
    reason: z.string().nullable(),
  })
  .meta({ id: 'Deployment' })
export type DeploymentView = z.infer<typeof DeploymentView>
