import type { Decision } from '../verdict.ts'

/** One attempt at a problem: its index, counted from 0, and its verdict's decision. */
export type DecidedAttempt = { readonly index: number; readonly decision: Decision }

/** `accept`: correct attempts that end a problem; `cap`: attempts at most. Either may be infinite. */
export type AcceptanceGoal = { readonly accept: number; readonly cap: number }

/**
 * Where a problem stands. Only the attempts 0 to `prefixLength` - 1 count; the indices of the correct ones among them are
 * `accepted`. An open problem lacks the attempts `missing`, below the highest index seen, and then `nextIndex`, which is the cap when
 * there is none left to start.
 */
export type SettledProblem =
  | { readonly state: 'open'; readonly missing: readonly number[]; readonly nextIndex: number }
  | { readonly state: 'satisfied' | 'exhausted'; readonly prefixLength: number; readonly accepted: readonly number[] }

/**
 * Accepts correct attempts in the order of their index, not in the order in which they happened to finish: keeping the first to finish
 * would favour short ones, and would make the result depend on timing. The prefix of attempts that counts ends at the `accept`-th
 * correct one, or at the cap. Attempts behind it are surplus and change nothing.
 */
export function settleProblem(attempts: readonly DecidedAttempt[], goal: AcceptanceGoal): SettledProblem {
  const { accept, cap } = goal
  const decisions = byIndex(attempts, cap)
  const accepted: number[] = []
  let index = 0
  for (; index < cap && accepted.length < accept; index++) {
    const decision = decisions.get(index)
    if (decision === undefined) return open(decisions, index)
    if (decision === 'correct') accepted.push(index)
  }
  return { state: accepted.length >= accept ? 'satisfied' : 'exhausted', prefixLength: index, accepted }
}

/**
 * The index behind the last attempt that can still count: attempts from there on are surplus whatever the missing ones come to,
 * because `accept` correct ones are already known before it.
 */
export function usefulLength(attempts: readonly DecidedAttempt[], { accept, cap }: AcceptanceGoal): number {
  if (attempts.length < accept) return cap
  const correct: number[] = []
  for (const [index, decision] of byIndex(attempts, cap)) if (decision === 'correct') correct.push(index)
  const last = correct.sort((a, b) => a - b)[accept - 1]
  return last === undefined ? cap : last + 1
}

function byIndex(attempts: readonly DecidedAttempt[], cap: number): Map<number, Decision> {
  const decisions = new Map<number, Decision>()
  for (const { index, decision } of attempts) if (index < cap && !decisions.has(index)) decisions.set(index, decision)
  return decisions
}

function open(decisions: ReadonlyMap<number, Decision>, firstMissing: number): SettledProblem {
  let nextIndex = firstMissing
  for (const index of decisions.keys()) nextIndex = Math.max(nextIndex, index + 1)
  const missing: number[] = []
  for (let index = firstMissing; index < nextIndex; index++) if (!decisions.has(index)) missing.push(index)
  return { state: 'open', missing, nextIndex }
}
