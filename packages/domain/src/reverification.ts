import { z } from 'zod'
import { Purpose } from './trajectory.ts'
import { Decision } from './verdict.ts'

const Verifiers = z.array(z.string().min(1)).min(1)

/**
 * Which of a round's stored attempts are verified again; what is left out restricts nothing. Decisions and verifiers are those of the newest
 * verdict. `problemSet` is an id or a name; `verifiedBy` and `notVerifiedBy` are verifiers with their versions, as in `math@1`. Attempts
 * that failed have no answer and are never among them.
 */
export const ReverificationFilter = z.strictObject({
  purpose: Purpose.exactOptional(),
  decision: Decision.exactOptional(),
  problemSet: z.string().min(1).exactOptional(),
  problemIds: z.array(z.string().min(1)).min(1).max(10_000).exactOptional(),
  verifiedBy: Verifiers.exactOptional(),
  notVerifiedBy: Verifiers.exactOptional(),
})
export type ReverificationFilter = z.infer<typeof ReverificationFilter>

/** How many trajectories' decisions changed from one to another. */
export const DecisionChange = z.strictObject({ from: Decision, to: Decision, trajectories: z.number().int() })
export type DecisionChange = z.infer<typeof DecisionChange>

/** The sums by `from` and `to`, in the order of decisions; what did not change is left out. */
export function sumChanges(changes: readonly DecisionChange[]): readonly DecisionChange[] {
  const decisions = Decision.options
  const sum = (from: Decision, to: Decision) =>
    changes.reduce((total, each) => total + (each.from === from && each.to === to ? each.trajectories : 0), 0)
  return decisions
    .flatMap((from) => decisions.map((to) => ({ from, to, trajectories: sum(from, to) })))
    .filter(({ from, to, trajectories }) => from !== to && trajectories > 0)
}
