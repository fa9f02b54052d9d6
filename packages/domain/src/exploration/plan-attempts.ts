import { type AcceptanceGoal, type DecidedAttempt, settleProblem, usefulLength } from './acceptance.ts'

/** What is known of one problem: the attempts that ended, and the indices of those in flight. */
export type ProblemProgress = {
  readonly problemId: string
  readonly attempts: readonly DecidedAttempt[]
  readonly inFlight: readonly number[]
}

export type PlannedAttempt = { readonly problemId: string; readonly index: number }

/**
 * The attempts to start now, at most `freeSlots`.
 *
 * Breadth first: one attempt in flight a problem, those with the fewest attempts first, holes before new indices. A second, third…
 * one only when slots would idle otherwise, and never more in flight than the number still expected to be needed. Nothing is started
 * that is known to be surplus, nor beyond the cap. Settled problems may be left out of `problems`; ties keep its order.
 */
export function nextAttempts(
  problems: readonly ProblemProgress[],
  { accept, cap, freeSlots }: AcceptanceGoal & { readonly freeSlots: number },
): PlannedAttempt[] {
  const queues = problems.flatMap((problem) => queueOf(problem, { accept, cap }) ?? [])
  queues.sort((a, b) => a.attempts - b.attempts)
  const planned: PlannedAttempt[] = []
  for (let level = 1; planned.length < freeSlots; level++) {
    let raisable = false
    for (const queue of queues) {
      if (planned.length >= freeSlots) return planned
      if (queue.inFlight >= queue.limit) continue
      raisable = true
      if (queue.inFlight >= level) continue
      const index = take(queue)
      if (index === null) continue
      planned.push({ problemId: queue.problemId, index })
    }
    if (!raisable) return planned
  }
  return planned
}

type Queue = {
  readonly problemId: string
  readonly attempts: number
  readonly holes: number[]
  readonly busy: ReadonlySet<number>
  readonly end: number
  limit: number
  next: number
  inFlight: number
}

function queueOf({ problemId, attempts, inFlight }: ProblemProgress, goal: AcceptanceGoal): Queue | null {
  const settled = settleProblem(attempts, goal)
  if (settled.state !== 'open') return null
  const busy = new Set(inFlight)
  const end = usefulLength(attempts, goal)
  return {
    problemId,
    attempts: attempts.length + inFlight.length,
    holes: settled.missing.filter((index) => index < end && !busy.has(index)),
    busy,
    end,
    limit: expectedNeed(attempts, goal),
    next: settled.nextIndex,
    inFlight: inFlight.length,
  }
}

function take(queue: Queue): number | null {
  let index = queue.holes.shift()
  while (index === undefined && queue.next < queue.end) {
    const next = queue.next++
    if (!queue.busy.has(next)) index = next
  }
  if (index === undefined) {
    queue.limit = 0
    return null
  }
  queue.inFlight++
  return index
}

/**
 * Attempts expected to be needed until the goal, from the posterior mean of the pass rate under a Beta(0.5, 0.8) prior: pass rates
 * of hard problem sets pile up at 0. At least the number of correct ones still missing, of which none can be wasted.
 */
function expectedNeed(attempts: readonly DecidedAttempt[], { accept }: AcceptanceGoal): number {
  const correct = attempts.reduce((sum, attempt) => sum + (attempt.decision === 'correct' ? 1 : 0), 0)
  const passRate = (correct + 0.5) / (attempts.length + 1.3)
  return Math.ceil(Math.max(1, accept - correct) / passRate)
}
