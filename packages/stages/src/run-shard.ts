import {
  type ClaimedShard,
  ClaimLost,
  type Shard,
  type ShardOutcome,
  type ShardProgress,
} from '@ratchet/ports/round-store.ts'
import type { StageMessage } from '@ratchet/ports/stage-queue.ts'
import { heartbeats } from './heartbeats.ts'
import { isForGood } from './is-for-good.ts'
import { plainReason } from './plain-reason.ts'
import type { Stage, StageContext, Waiting } from './stage.ts'
import { stageOf } from './stages.ts'
import type { World } from './world.ts'

export type Worker = {
  /** Names this process in the shard's row. */
  readonly owner: string
  /** Aborted when the worker shuts down; claims are given back. */
  readonly shutdown: AbortSignal
  readonly leaseSeconds: number
  readonly heartbeatSeconds: number
}

/** Failures of one shard before it counts as failed for good, for errors that may pass. */
const maxFailures = 5

/**
 * Claims a shard and runs it under a lease. Whatever happens, the claim is settled: done, waiting, to be tried again, failed
 * for good, or given back. A claim that was lost to another worker leaves no trace.
 */
export async function runShard(
  world: World,
  message: Extract<StageMessage, { kind: 'run-shard' }>,
  worker: Worker,
): Promise<void> {
  const { roundId, stage: name, index } = message
  const round = await world.rounds.round(roundId)
  const iteration = round === null ? null : await world.rounds.iteration(round.iterationId)
  if (round === null || iteration === null || round.state !== name || iteration.state !== 'running') return
  const claimed = await world.shards.claim(roundId, name, index, worker.owner, worker.leaseSeconds)
  if (claimed === null) return
  const context: StageContext = { world, iteration, round, recipe: round.recipe }
  try {
    const outcome =
      claimed.failures >= maxFailures
        ? lastFailure(await world.shards.shards(roundId, name), claimed)
        : await underLease(context, stageOf(name), claimed, worker)
    await world.shards.settle(claimed.claim, outcome)
    await followUp(context, message, outcome)
  } catch (error) {
    if (!(error instanceof ClaimLost)) throw error
    world.logger.warn({ roundId, stage: name, index, claim: claimed.claim.claim }, 'the claim was lost')
  }
}

async function underLease(
  context: StageContext,
  stage: Stage,
  claimed: ClaimedShard,
  worker: Worker,
): Promise<ShardOutcome> {
  const { world, iteration } = context
  const stop = new AbortController()
  const signal = AbortSignal.any([stop.signal, worker.shutdown])
  let progress: ShardProgress | null = null
  const beat = async (): Promise<void> => {
    await world.shards.heartbeat(claimed.claim, worker.leaseSeconds, progress)
    const now = await world.rounds.iteration(iteration.id)
    if (now?.state !== 'running') stop.abort(new Error('the iteration is no longer running'))
  }
  const beating = heartbeats(world, beat, worker.heartbeatSeconds, stop)
  const report = (latest: ShardProgress): void => {
    progress = latest
  }
  try {
    const end = await stage.run(context, claimed.input, { claim: claimed.claim, signal, progress: report })
    return end.kind === 'done' ? { ...end, progress: whole(progress) } : waitingOutcome(end, claimed, progress)
  } catch (error) {
    if (error instanceof ClaimLost) throw error
    if (signal.aborted) {
      if (signal.reason instanceof ClaimLost) throw signal.reason
      return { kind: 'released' }
    }
    return outcomeOf(world, claimed, error)
  } finally {
    beating.end()
  }
}

/** The progress of a shard that is done, whose last report may have come a little before its end. */
function whole(progress: ShardProgress | null): ShardProgress | null {
  return progress === null ? null : { ...progress, done: progress.total }
}

/** A shard that ends whoever runs it never throws: its leases run out, as often as failures are allowed. */
function lastFailure(shards: readonly Shard[] | null, { claim, failures }: ClaimedShard): ShardOutcome {
  const reason = shards?.[claim.index]?.reason ?? 'it failed'
  return { kind: 'failed', reason: `${reason}; failed ${failures} times` }
}

function waitingOutcome(end: Waiting, claimed: ClaimedShard, progress: ShardProgress | null): ShardOutcome {
  const { retryInSeconds, reason, limitSeconds = Number.POSITIVE_INFINITY, progressed = false } = end
  if (!progressed && claimed.waitedSeconds > limitSeconds)
    return { kind: 'failed', reason: `${reason}; waited ${Math.round(claimed.waitedSeconds)} s in vain` }
  return { kind: 'waiting', retryInSeconds, progress, reason, progressed }
}

function outcomeOf(world: World, claimed: ClaimedShard, error: unknown): ShardOutcome {
  const reason = plainReason(error)
  world.logger.warn({ ...claimed.claim, failures: claimed.failures, reason }, 'a shard failed')
  if (isForGood(error) || claimed.failures + 1 >= maxFailures) return { kind: 'failed', reason }
  return { kind: 'retry', reason, retryInSeconds: Math.min(60, 2 ** claimed.failures) }
}

async function followUp(context: StageContext, message: StageMessage, outcome: ShardOutcome): Promise<void> {
  const { world, round } = context
  switch (outcome.kind) {
    case 'done':
    case 'failed':
      return await world.queue.enqueue([{ kind: 'advance-round', roundId: round.id }])
    case 'waiting':
    case 'retry':
      // A message that came a moment before its time would find nothing to claim.
      return await world.queue.enqueue([message], { delaySeconds: outcome.retryInSeconds + 0.05 })
    case 'released':
      return
  }
}
