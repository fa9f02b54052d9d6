import { thoughtFormat } from '@ratchet/domain/thought-format/thought-format.ts'
import type { Verdict } from '@ratchet/domain/verdict.ts'
import type { ClaimedReverification, ReverificationOutcome } from '@ratchet/ports/reverification-store.ts'
import { ClaimLost, type NewEvent, type Round } from '@ratchet/ports/round-store.ts'
import type { StageMessage } from '@ratchet/ports/stage-queue.ts'
import type { StoredTrajectory, TrajectoryPosition } from '@ratchet/ports/trajectory-store.ts'
import { heartbeats } from './heartbeats.ts'
import { isForGood } from './is-for-good.ts'
import { plainReason } from './plain-reason.ts'
import { trajectoriesOf } from './reverify.ts'
import type { Worker } from './run-shard.ts'
import { StageFailed } from './stage.ts'
import type { World } from './world.ts'

/** Trajectories whose verdicts are stored together. What a death costs is at most a page. */
const pageSize = 256
/** Rows that are read at once, since reading fewer costs the database as much. */
const readAhead = 4096
/** Solutions that are verified at once. */
const verifiedAtOnce = 8
/** Failures without a page in between before it counts as failed for good, for errors that may pass. */
const maxFailures = 5

/**
 * Claims a re-verification and goes on with it page by page, under a lease, from where the last page ended. Whatever happens, the claim
 * is settled: done, to be tried again, failed for good, or given back. A claim that was lost to another worker leaves no trace.
 */
export async function runReverification(
  world: World,
  message: Extract<StageMessage, { kind: 'reverify' }>,
  worker: Worker,
): Promise<void> {
  const claimed = await world.reverifications.claim(message.reverificationId, worker.owner, worker.leaseSeconds)
  if (claimed === null) return
  try {
    const round = await world.rounds.round(claimed.reverification.roundId)
    if (round === null) throw new Error(`there is no round ${claimed.reverification.roundId}`)
    const outcome = await underLease(world, round, claimed, worker)
    await world.reverifications.settle(claimed.claim, outcome, await eventsOf(world, round, claimed, outcome))
    // A message that came a moment before its time would find nothing to claim.
    if (outcome.kind === 'retry') await world.queue.enqueue([message], { delaySeconds: outcome.retryInSeconds + 0.05 })
  } catch (error) {
    if (!(error instanceof ClaimLost)) throw error
    world.logger.warn({ ...claimed.claim }, 'the claim was lost')
  }
}

async function underLease(
  world: World,
  round: Round,
  claimed: ClaimedReverification,
  worker: Worker,
): Promise<ReverificationOutcome> {
  const { claim, reverification } = claimed
  let { failures } = claimed
  // What ends whoever runs it never throws: its leases run out, as often as failures are allowed.
  if (failures >= maxFailures) return { kind: 'failed', reason: `${reverification.reason}; failed ${failures} times` }
  const stop = new AbortController()
  const signal = AbortSignal.any([stop.signal, worker.shutdown])
  const beat = () => world.reverifications.heartbeat(claim, worker.leaseSeconds)
  const beating = heartbeats(world, beat, worker.heartbeatSeconds, stop)
  try {
    for await (const { page, after } of pagesBehind(world, claimed)) {
      signal.throwIfAborted()
      const verdicts = await verifyAll(world, round, page, signal)
      await world.reverifications.storePage(claim, { after, verdicts })
      failures = 0
    }
    return { kind: 'done' }
  } catch (error) {
    if (error instanceof ClaimLost) throw error
    if (signal.aborted) {
      if (signal.reason instanceof ClaimLost) throw signal.reason
      return { kind: 'released' }
    }
    const reason = plainReason(error)
    world.logger.warn({ ...claim, failures, reason }, 'a re-verification failed')
    if (isForGood(error) || failures + 1 >= maxFailures) return { kind: 'failed', reason }
    return { kind: 'retry', reason, retryInSeconds: Math.min(60, 2 ** failures) }
  } finally {
    beating.end()
  }
}

type Page = { readonly page: readonly StoredTrajectory[]; readonly after: TrajectoryPosition }

/** What is left to verify, in pages, each with its end. */
async function* pagesBehind(world: World, { reverification, after }: ClaimedReverification): AsyncGenerator<Page> {
  const { roundId, filter } = reverification
  for (let behind = after === null ? {} : { after }; ; ) {
    const found = await world.trajectories.list({ ...trajectoriesOf(roundId, filter), ...behind, limit: readAhead })
    if (found.length === 0) return
    for (let start = 0; start < found.length; start += pageSize) {
      const page = found.slice(start, start + pageSize)
      const last = page.at(-1)
      if (last === undefined) return
      const end = { problemId: last.problemId, index: last.index, roundId: last.roundId, id: last.id }
      yield { page, after: end }
      behind = { after: end }
    }
  }
}

/** Verdicts in the order of the page. The first failure ends them all. */
async function verifyAll(world: World, round: Round, page: readonly StoredTrajectory[], signal: AbortSignal) {
  const texts = await world.trajectories.texts(page)
  const problems = await problemsOf(world, page)
  const format = thoughtFormat(round.recipe.thoughtFormat)
  const verifier = world.verifierFor(round)
  const stop = new AbortController()
  const stopped = AbortSignal.any([signal, stop.signal])
  const verdicts = new Array<{ trajectoryId: string; verdict: Verdict }>(page.length)
  const waiting = page.entries()
  const lane = async (): Promise<void> => {
    for (const [at, { id, problemSetId, problemId }] of waiting) {
      stopped.throwIfAborted()
      const problem = problems.get(`${problemSetId}/${problemId}`)
      if (problem === undefined) throw new StageFailed(`the problem ${problemId} is gone from its problem set`)
      const { solution } = format.parse(texts[at] ?? '')
      verdicts[at] = { trajectoryId: id, verdict: await verifier.verify(problem, solution, stopped) }
    }
  }
  const stopAll = (error: unknown): never => {
    stop.abort(error)
    throw error
  }
  await Promise.all(Array.from({ length: verifiedAtOnce }, () => lane().catch(stopAll)))
  return verdicts
}

async function problemsOf(world: World, page: readonly StoredTrajectory[]) {
  const sets = new Map<string, Set<string>>()
  for (const { problemSetId, problemId } of page)
    sets.set(problemSetId, (sets.get(problemSetId) ?? new Set()).add(problemId))
  const found = []
  for (const [setId, ids] of sets)
    for (const problem of await world.problems.byId(setId, [...ids]))
      found.push([`${setId}/${problem.id}`, problem] as const)
  return new Map(found)
}

/** What is told of its end, with the counts of all its pages. */
async function eventsOf(
  world: World,
  { iterationId, id: roundId, index }: Round,
  { claim: { reverificationId } }: ClaimedReverification,
  outcome: ReverificationOutcome,
): Promise<readonly NewEvent[]> {
  if (outcome.kind !== 'done' && outcome.kind !== 'failed') return []
  const reverification = await world.reverifications.find(reverificationId)
  const { checked = 0, appended = 0, changes = [] } = reverification ?? {}
  const body = { round: index, reverificationId, checked, appended, changes }
  return outcome.kind === 'done'
    ? [{ iterationId, roundId, kind: 'round.reverified', body }]
    : [{ iterationId, roundId, kind: 'round.reverification-failed', body: { ...body, reason: outcome.reason } }]
}
