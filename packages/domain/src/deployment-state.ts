import { z } from 'zod'

/** Of a checkpoint in service. `releasing`: somebody asked for its release, which a worker has yet to do. */
export const DeploymentState = z.enum(['starting', 'ready', 'releasing', 'released', 'failed'])
export type DeploymentState = z.infer<typeof DeploymentState>
