import { z } from 'zod'

/**
 * ```
 * running ⇄ paused;  running | paused → cancelling → cancelled;  running → succeeded;  running ⇄ failed
 * ```
 */
export const IterationState = z.enum(['running', 'paused', 'cancelling', 'cancelled', 'succeeded', 'failed'])
export type IterationState = z.infer<typeof IterationState>

/** Whether the loop is over: unless somebody retries it, nothing will happen any more. */
export function isOver(state: IterationState): boolean {
  return state === 'succeeded' || state === 'failed' || state === 'cancelled'
}
