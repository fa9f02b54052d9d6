import { z } from 'zod'
import { stageNames } from './stage-name.ts'

/**
 * ```
 * waiting → explore → score → curate → train → deploy → evaluate → accepted | rejected
 *    any unfinished state → failed | cancelled
 *    failed → the stage it failed in;  cancelled → waiting   (a retry of the iteration)
 * ```
 * `waiting`: an earlier round is not finished. The stage names mean: this stage is running.
 */
export const RoundState = z.enum(['waiting', ...stageNames, 'accepted', 'rejected', 'failed', 'cancelled'])
export type RoundState = z.infer<typeof RoundState>
