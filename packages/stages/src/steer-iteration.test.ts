import { beforeEach, expect, test } from '@jest/globals'
import { ClusterChoice } from '@ratchet/domain/recipe/cluster-choice.ts'
import type { RoundState } from '@ratchet/domain/round/round-state.ts'
import { advanceRound } from './advance-round.ts'
import { startIteration } from './start-iteration.ts'
import { steerIteration } from './steer-iteration.ts'
import { startWorker, stillness, until, untilEnded } from './testing/memory-worker.ts'
import { createMemoryWorld, type MemoryWorld } from './testing/memory-world.ts'
import { sumsRecipe } from './testing/sums-recipe.ts'

const id = 'it-1'
let memory: MemoryWorld
beforeEach(async () => {
  memory = await createMemoryWorld({ latencyMs: () => 400, slots: 1 })
  await startIteration(memory.world, sumsRecipe(), { idempotencyKey: null })
})
const stateOf = async () => (await memory.world.rounds.iteration(id))?.state
const roundStates = async () => (await memory.world.rounds.rounds(id)).map(({ state }) => state)
const steered = (state: string) => ({ kind: 'steered', iteration: { id, state } })
const isIn = (state: RoundState) => async () => (await roundStates()).includes(state)

test('a paused iteration begins no rollout, and resumed it goes on to the same end without repeating one', async () => {
  await startWorker(memory.world)
  await until(memory, () => memory.inference.calls.length > 2)
  expect(await steerIteration(memory.world, id, 'pause')).toMatchObject(steered('paused'))
  memory.clock.pass(20_000)
  await stillness()
  const calls = memory.inference.calls.length
  for (let moves = 0; moves < 20; moves++) {
    memory.clock.next()
    await stillness()
  }
  expect(memory.inference.calls).toHaveLength(calls)
  expect(await roundStates()).toEqual(['explore', 'waiting'])
  expect(await steerIteration(memory.world, id, 'resume')).toMatchObject(steered('running'))
  await untilEnded(memory, id)
  expect(await stateOf()).toBe('succeeded')
})

test('steering twice the same way is fine, and tells the event once', async () => {
  for (let again = 0; again < 2; again++)
    expect(await steerIteration(memory.world, id, 'pause')).toMatchObject(steered('paused'))
  const events = await memory.world.events.read(id, 0, 100)
  expect(events.map(({ kind, body }) => [kind, body])).toEqual([['iteration.pause', { state: 'paused' }]])
})

test('cancelling a waiting iteration ends all its rounds', async () => {
  expect(await steerIteration(memory.world, id, 'cancel')).toMatchObject(steered('cancelling'))
  await startWorker(memory.world)
  await untilEnded(memory, id)
  expect([await stateOf(), await roundStates()]).toEqual(['cancelled', ['cancelled', 'cancelled']])
  expect(memory.inference.calls).toEqual([])
})

test('cancelling stops the training job and takes every policy out of service', async () => {
  await startWorker(memory.world)
  await until(memory, async () => (await memory.world.rounds.round('it-1-r1'))?.state === 'train')
  await until(memory, () => memory.jobs.length === 2)
  await steerIteration(memory.world, id, 'cancel')
  await untilEnded(memory, id)
  expect(await roundStates()).toEqual(['accepted', 'cancelled'])
  expect([...memory.models.keys()]).toEqual(['teacher'])
  const last = memory.jobs[1]
  const cluster = await memory.world.cluster(ClusterChoice.parse({ backend: 'local' }))
  expect(await memory.world.training.find('it-1-r1')).toMatchObject({ state: 'cancelled' })
  expect(last && (await cluster.ensure(last))).toMatchObject({ state: 'failed', reason: 'the training was cancelled' })
})

test('pausing lets the training job rest, and resumed it goes on in a further attempt', async () => {
  await startWorker(memory.world)
  const trainingOf = () => memory.world.training.find('it-1-r0')
  await until(memory, async () => (await trainingOf())?.state === 'running')
  for (let again = 0; again < 2; again++) await steerIteration(memory.world, id, 'pause')
  await until(memory, async () => (await trainingOf())?.state === 'paused')
  expect(memory.resting).toEqual(new Set(['it-1-r0']))
  expect(await trainingOf()).toMatchObject({ attempt: 1, reason: 'the iteration is paused', progress: { step: 1 } })
  await steerIteration(memory.world, id, 'resume')
  await untilEnded(memory, id)
  expect(await stateOf()).toBe('succeeded')
  expect(memory.resting).toEqual(new Set())
  expect(await trainingOf()).toMatchObject({ state: 'succeeded', attempt: 2 })
  expect(await memory.world.training.attempts('it-1-r0')).toMatchObject([
    { attempt: 1, because: null },
    { attempt: 2, because: 'it was paused' },
  ])
})

test('a pause reaches the cluster though no worker looked at that moment and the queue forgot everything', async () => {
  const first = await startWorker(memory.world)
  await until(memory, async () => (await memory.world.training.find('it-1-r0')) !== null)
  first.stop()
  await steerIteration(memory.world, id, 'pause')
  memory.backlog.waiting.clear()
  expect(memory.resting).toEqual(new Set())
  await startWorker(memory.another())
  await until(memory, () => memory.resting.has('it-1-r0'))
})

test('a job that a worker still looks at is paused again until nobody holds the shard', async () => {
  const { world } = memory
  const worker = await startWorker(world)
  await until(memory, async () => (await world.training.find('it-1-r0')) !== null)
  worker.stop()
  await until(memory, async () => (await world.shards.claim('it-1-r0', 'train', 0, 'slow', 15)) !== null)
  await steerIteration(world, id, 'pause')
  await advanceRound(world, 'it-1-r0')
  expect(memory.resting.has('it-1-r0')).toBe(true)
  expect(await world.training.find('it-1-r0')).not.toMatchObject({ state: 'paused' })
  memory.clock.pass(16_000)
  await advanceRound(world, 'it-1-r0')
  expect(await world.training.find('it-1-r0')).toMatchObject({ state: 'paused' })
})

test('a paused iteration can be cancelled', async () => {
  await startWorker(memory.world)
  await until(memory, isIn('explore'))
  await steerIteration(memory.world, id, 'pause')
  await steerIteration(memory.world, id, 'cancel')
  await untilEnded(memory, id)
  expect(await stateOf()).toBe('cancelled')
})

test('what has ended is not steered, and the reason says so', async () => {
  await startWorker(memory.world)
  await untilEnded(memory, id)
  for (const steering of ['pause', 'resume', 'cancel'] as const)
    expect(await steerIteration(memory.world, id, steering)).toEqual({
      kind: 'refused',
      reason: `an iteration in state "succeeded" cannot take the event "${steering}"`,
    })
  expect(await steerIteration(memory.world, 'none', 'pause')).toEqual({ kind: 'not-found' })
})

test('a policy whose deployment was never recorded, since its process died, is taken out of service too', async () => {
  memory = await createMemoryWorld({ startingLooks: 0 })
  const { world } = memory
  await startIteration(world, sumsRecipe(), { idempotencyKey: null })
  const deployments = { ...world.deployments, record: () => new Promise<never>(() => {}) }
  const dying = await startWorker({ ...world, deployments })
  await until(memory, () => memory.models.size === 2)
  dying.stop()
  await steerIteration(world, id, 'cancel')
  await startWorker(memory.another())
  await untilEnded(memory, id)
  expect([...memory.models.keys()]).toEqual(['teacher'])
})

test('steering looks again when somebody else changes the iteration meanwhile', async () => {
  const { rounds } = memory.world
  let others = 3
  const updateIteration: typeof rounds.updateIteration = async (seen, change, events) => {
    if (others-- > 0) await rounds.updateIteration(seen, { incumbentCheckpointId: `other-${others}` })
    return await rounds.updateIteration(seen, change, events)
  }
  const world = { ...memory.world, rounds: { ...rounds, updateIteration } }
  expect(await steerIteration(world, id, 'pause')).toMatchObject(steered('paused'))
  expect(await rounds.iteration(id)).toMatchObject({ state: 'paused', incumbentCheckpointId: 'other-0', revision: 4 })
})
