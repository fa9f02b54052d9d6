import { assertNever } from '@ratchet/domain/assert-never.ts'
import { iterationTransition } from '@ratchet/domain/round/iteration-transition.ts'
import { stageNames } from '@ratchet/domain/round/stage-name.ts'
import { isFinished, type RoundTransitionEvent, transition } from '@ratchet/domain/round/transition.ts'
import { runNameOf } from '@ratchet/ports/cluster.ts'
import { PortError } from '@ratchet/ports/port-error.ts'
import type { IterationChange, Round, RoundChange, Shard } from '@ratchet/ports/round-store.ts'
import type { StageMessage } from '@ratchet/ports/stage-queue.ts'
import { isForGood } from './is-for-good.ts'
import { plainReason } from './plain-reason.ts'
import { preflight } from './preflight.ts'
import { releaseAsked } from './release-iteration.ts'
import { releaseAll } from './served-policy.ts'
import { type Stage, type StageContext, StageFailed } from './stage.ts'
import { stageOf } from './stages.ts'
import type { World } from './world.ts'

/** Looks taken in one call before it leaves the rest to the next message; a guard, not a limit that is met. */
const maxLooks = 64

/**
 * Moves a round on from where it *is*: begins it, plans its stage, enqueues what is left of it, finishes it, or ends the round.
 * Starting an iteration, the end of a shard, steering and the periodic reconcile are all this call; it may run at any time,
 * any number of times, in any number of processes.
 */
export async function advanceRound(world: World, roundId: string): Promise<void> {
  for (let look = 0; look < maxLooks; look++) {
    const round = await world.rounds.round(roundId)
    const iteration = round === null ? null : await world.rounds.iteration(round.iterationId)
    if (round === null || iteration === null) return
    if ((await advanceOnce({ world, iteration, round, recipe: round.recipe })) === 'settled') return
  }
  await world.queue.enqueue([{ kind: 'advance-round', roundId }])
}

/** `moved`: something changed, look again. `settled`: nothing to do until a shard ends or time passes. */
type Look = 'moved' | 'settled'

async function advanceOnce(context: StageContext): Promise<Look> {
  const { iteration, round } = context
  switch (iteration.state) {
    case 'paused':
      return await pauseRound(context)
    case 'cancelled':
    case 'succeeded':
    case 'failed':
      await releaseAsked(context)
      return 'settled'
    case 'cancelling':
      return await cancelRound(context)
    case 'running':
      break
    default:
      return assertNever(iteration.state)
  }
  if (isFinished(round.state)) return await endOrBeginNext(context)
  if (round.state === 'waiting') return await beginRound(context)
  const stage = stageOf(round.state)
  try {
    return await advanceStage(context, stage)
  } catch (error) {
    if (!isForGood(error)) throw error
    return await failRound(context, plainReason(error))
  }
}

async function beginRound(context: StageContext): Promise<Look> {
  const { world, iteration, round } = context
  const earlier = (await world.rounds.rounds(iteration.id)).slice(0, round.index)
  if (!earlier.every((each) => each.state === 'accepted' || each.state === 'rejected')) return 'settled'
  const incumbent = earlier.filter((each) => each.state === 'accepted').at(-1)?.candidateCheckpointId ?? null
  // Once this round has begun, nobody looks at the earlier ones again.
  if (iteration.incumbentCheckpointId !== incumbent) return await steer(context, { incumbentCheckpointId: incumbent })
  const change = { startedAt: world.clock.now(), incumbentCheckpointId: incumbent }
  return await move(context, { kind: 'begin' }, change, 'round.started', {})
}

async function advanceStage(context: StageContext, stage: Stage): Promise<Look> {
  const { world, round } = context
  const shards = await world.shards.shards(round.id, stage.name)
  if (shards === null) {
    const unchecked = stage.name === stageNames[0] ? await preflight(context) : null
    const inputs = await stage.plan(context)
    const planned = await world.shards.plan(round.id, stage.name, inputs)
    if (planned) await note(context, 'stage.planned', { stage: stage.name, shards: inputs.length })
    if (planned && unchecked !== null) await note(context, 'cluster.unchecked', { reason: unchecked })
    return 'moved'
  }
  const broken = shards.find((shard) => shard.status === 'failed')
  if (broken !== undefined) throw new StageFailed(broken.reason ?? `shard ${broken.index} of ${stage.name} failed`)
  if (shards.every((shard) => shard.status === 'done')) {
    const end = await stage.finish(
      context,
      shards.map((shard) => shard.result),
    )
    const change: RoundChange = {
      results: { ...round.results, [stage.name]: end.output },
      ...(end.candidateCheckpointId === undefined ? {} : { candidateCheckpointId: end.candidateCheckpointId }),
    }
    if (end.accepted === undefined)
      return await move(context, { kind: 'stage-finished', stage: stage.name }, change, 'stage.finished', {
        stage: stage.name,
        output: end.output,
      })
    return await decide(context, end.accepted, change, end.output)
  }
  await enqueueOpen(context, stage, shards)
  return 'settled'
}

/** Shards that nobody holds now go to the queue, those that must wait with their delay. */
async function enqueueOpen(context: StageContext, stage: Stage, shards: readonly Shard[]): Promise<void> {
  const { world, round } = context
  const nowMs = world.clock.now().getTime()
  const due: StageMessage[] = []
  for (const shard of shards) {
    if (shard.status === 'done' || shard.status === 'failed') continue
    const message: StageMessage = { kind: 'run-shard', roundId: round.id, stage: stage.name, index: shard.index }
    const notBefore = shard.status === 'claimed' ? shard.leaseUntil : shard.lookAgainAt
    const delayMs = notBefore === null ? 0 : notBefore.getTime() - nowMs
    if (delayMs <= 0) due.push(message)
    else if (shard.status !== 'claimed') await world.queue.enqueue([message], { delaySeconds: delayMs / 1000 })
  }
  if (due.length > 0) await world.queue.enqueue(due)
}

/** The gate's word: the round's state and the iteration's incumbent. Looking again repairs a death in between. */
async function decide(context: StageContext, accepted: boolean, change: RoundChange, output: unknown): Promise<Look> {
  const finished = { ...change, finishedAt: context.world.clock.now() }
  const kind = accepted ? 'round.accepted' : 'round.rejected'
  return await move(context, { kind: 'decided', accepted }, finished, kind, { output })
}

/** After a finished round: the accepted candidate becomes the incumbent, the next round is told, or the iteration ends. */
async function endOrBeginNext(context: StageContext): Promise<Look> {
  const { world, iteration, round } = context
  if (round.state === 'failed' || round.state === 'cancelled') {
    const state = iterationTransition(iteration.state, { kind: 'round-failed' })
    const open = (await world.rounds.rounds(iteration.id)).filter((each) => !isFinished(each.state))
    // Somebody faster may have ended the iteration, and somebody else retried it: what it has again is not to be ended.
    if ((await world.rounds.iteration(iteration.id))?.revision !== iteration.revision) return 'moved'
    const left = await releaseAll(context)
    await cancelWaiting(context, open)
    return await steer(context, {
      state,
      reason: [`round ${round.index}: ${round.reason ?? round.state}`, ...left.map(({ told }) => told)].join('; '),
      finishedAt: world.clock.now(),
    })
  }
  const rounds = await world.rounds.rounds(iteration.id)
  const next = rounds[round.index + 1]
  const isNewest = next === undefined || next.state === 'waiting'
  if (isNewest && round.state === 'accepted' && iteration.incumbentCheckpointId !== round.candidateCheckpointId)
    return await steer(context, { incumbentCheckpointId: round.candidateCheckpointId })
  if (next !== undefined) {
    if (next.state === 'waiting') await world.queue.enqueue([{ kind: 'advance-round', roundId: next.id }])
    return 'settled'
  }
  const state = iterationTransition(iteration.state, { kind: 'all-rounds-finished' })
  return await steer(context, { state, finishedAt: world.clock.now() })
}

/** The rounds behind a failed one do not begin. */
async function cancelWaiting(context: StageContext, waiting: readonly Round[]): Promise<void> {
  const finishedAt = context.world.clock.now()
  for (const round of waiting)
    await move({ ...context, round }, { kind: 'cancelled' }, { finishedAt }, 'round.cancelled', {})
}

async function failRound(context: StageContext, reason: string): Promise<Look> {
  const left = await stopWhatRuns(context, reason)
  const whole = left === null ? reason : `${reason}; ${left}`
  const change = { reason: whole, finishedAt: context.world.clock.now() }
  return await move(context, { kind: 'stage-failed' }, change, 'round.failed', {
    stage: context.round.state,
    reason: whole,
  })
}

/** A failed round leaves nothing running outside, such as a training job that waited in a queue for too long. What could not be stopped, for people; null when nothing is left. */
async function stopWhatRuns(context: StageContext, failure: string): Promise<string | null> {
  const { world, round } = context
  if (round.state === 'waiting' || isFinished(round.state)) return null
  try {
    await stageOf(round.state).cancel(context)
    return null
  } catch (error) {
    const reason = plainReason(error)
    world.logger.warn({ roundId: round.id, reason }, 'what the round started could not be stopped')
    if (round.state !== 'train') return null
    // A cluster that cannot be opened at all, as without its token, never took a job.
    if (isForGood(error) && reason === failure && (await world.training.find(round.id)) === null) return null
    const { backend } = context.recipe.cluster
    const attempt = (await world.training.find(round.id))?.attempt ?? 1
    return `its training job could not be stopped (${reason}) and may still run on the cluster (${backend}) under the name ${runNameOf(round.id, attempt)}: stop it there`
  }
}

/** What runs outside rests; the rest of the stage stands still by itself. */
async function pauseRound(context: StageContext): Promise<Look> {
  const { state } = context.round
  if (state !== 'waiting' && !isFinished(state)) await stageOf(state).pause(context)
  return 'settled'
}

async function cancelRound(context: StageContext): Promise<Look> {
  const { world, iteration, round } = context
  if (!isFinished(round.state)) {
    if (round.state !== 'waiting') await stageOf(round.state).cancel(context)
    return await move(context, { kind: 'cancelled' }, { finishedAt: world.clock.now() }, 'round.cancelled', {})
  }
  const rounds = await world.rounds.rounds(iteration.id)
  const open = rounds.filter((each) => !isFinished(each.state))
  if (open.length > 0) {
    await world.queue.enqueue(open.map((each) => ({ kind: 'advance-round', roundId: each.id })))
    return 'settled'
  }
  const left = await releaseAll(context)
  // As with a training, it is asked for until it is gone: the reconcile looks again.
  const held = left.find(({ holds }) => holds)
  if (held !== undefined) throw new PortError(held.told, { retryable: true })
  return await steer(context, {
    state: iterationTransition(iteration.state, { kind: 'cancelled' }),
    finishedAt: world.clock.now(),
  })
}

async function move(
  context: StageContext,
  event: RoundTransitionEvent,
  change: RoundChange,
  kind: string,
  body: Readonly<Record<string, unknown>>,
): Promise<Look> {
  const { world, iteration, round } = context
  const state = transition(round.state, event)
  const events = [{ iterationId: iteration.id, roundId: round.id, kind, body: { round: round.index, ...body } }]
  await world.rounds.updateRound(round, { ...change, state }, events)
  return 'moved'
}

async function steer(context: StageContext, change: IterationChange): Promise<Look> {
  const { world, iteration } = context
  const kind = change.state === undefined ? 'iteration.incumbent' : `iteration.${change.state}`
  const { finishedAt: _finishedAt, ...body } = change
  await world.rounds.updateIteration(iteration, change, [{ iterationId: iteration.id, roundId: null, kind, body }])
  return 'moved'
}

async function note(context: StageContext, kind: string, body: Readonly<Record<string, unknown>>): Promise<void> {
  const { world, iteration, round } = context
  await world.events.append([
    { iterationId: iteration.id, roundId: round.id, kind, body: { round: round.index, ...body } },
  ])
}
