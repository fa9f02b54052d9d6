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
  const planned: PlannedAttempt[] = []
  let queues = problems.map(queueOf).sort((a, b) => a.made - b.made)
  for (let level = 1; queues.length > 0; level++) {
    const raisable: Queue[] = []
    for (const queue of queues) {
      if (planned.length >= freeSlots) return planned
      if (queue.inFlight < level) {
        const index = take(queue, { accept, cap })
        if (index === null) continue
        planned.push({ problemId: queue.problem.problemId, index })
      }
      raisable.push(queue)
    }
    queues = raisable
  }
  return planned
}

type Queue = {
  readonly problem: ProblemProgress
  /** Attempts that ended or are in flight. */
  readonly made: number
  inFlight: number
  /** Worked out when the problem's turn comes, which for most of them it does not. */
  prospects: Prospects | null
}

/** The indices that may be started: the holes first, then from `next` up to `end`; and how many may be in flight at once. */
type Prospects = { readonly holes: number[]; next: number; readonly end: number; readonly limit: number }

function queueOf(problem: ProblemProgress): Queue {
  const inFlight = problem.inFlight.length
  return { problem, made: problem.attempts.length + inFlight, inFlight, prospects: null }
}

/** The next index of a problem to start, or null when there is none now. */
function take(queue: Queue, goal: AcceptanceGoal): number | null {
  const { attempts, inFlight } = queue.problem
  queue.prospects ??= prospectsOf(attempts, inFlight, goal)
  const { prospects } = queue
  if (queue.inFlight >= prospects.limit) return null
  let index = prospects.holes.shift()
  while (index === undefined && prospects.next < prospects.end) {
    const next = prospects.next++
    if (!inFlight.includes(next)) index = next
  }
  if (index === undefined) return null
  queue.inFlight++
  return index
}

function prospectsOf(
  attempts: readonly DecidedAttempt[],
  inFlight: readonly number[],
  goal: AcceptanceGoal,
): Prospects {
  const settled = settleProblem(attempts, goal)
  if (settled.state !== 'open') return { holes: [], next: 0, end: 0, limit: 0 }
  const end = usefulLength(attempts, goal)
  const holes = settled.missing.filter((index) => index < end && !inFlight.includes(index))
  return { holes, next: settled.nextIndex, end, limit: expectedNeed(attempts, goal) }
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
