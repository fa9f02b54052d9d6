import { describe, expect, test } from '@jest/globals'
import type { TrainingJob } from '@ratchet/ports/cluster.ts'
import { PortError } from '@ratchet/ports/port-error.ts'
import type { Serving } from '@ratchet/ports/serving.ts'
import { retryIteration } from './retry-iteration.ts'
import { startIteration } from './start-iteration.ts'
import { steerIteration } from './steer-iteration.ts'
import { startWorker, until, untilEnded } from './testing/memory-worker.ts'
import { createMemoryWorld, type MemoryWorld, type MemoryWorldSettings } from './testing/memory-world.ts'
import { outcomeOf } from './testing/outcome-of.ts'
import { sumsRecipe } from './testing/sums-recipe.ts'
import type { World } from './world.ts'

const id = 'it-1'
const [r0, r1] = ['it-1-r0', 'it-1-r1']
const clusterOf = (threads: number, more: object = {}) => ({ backend: 'local', threads, ...more })

/** Trains only with so many threads, which stand for whatever a cluster may be wrong in. */
const needsThreads =
  (threads: number) =>
  (job: TrainingJob): number => {
    if (job.threads !== threads) throw new Error(`there is no partition of ${job.threads}`)
    return 0.8
  }

async function begin(
  recipe: Record<string, unknown> = {},
  settings: MemoryWorldSettings = {},
  worldOf: (world: World) => World = (world) => world,
): Promise<MemoryWorld> {
  const memory = await createMemoryWorld({ skillOf: () => 0.8, ...settings })
  const world = worldOf(memory.world)
  await startIteration(world, sumsRecipe(recipe), { idempotencyKey: null })
  await startWorker(world)
  await untilEnded(memory, id)
  return memory
}

const undisturbed = async () => await outcomeOf(await begin(), id)
const standing = async ({ world }: MemoryWorld) => {
  const iteration = await world.rounds.iteration(id)
  const rounds = await world.rounds.rounds(id)
  return [iteration?.state, ...rounds.map(({ state }) => state)]
}
const eventsOf = async ({ world }: MemoryWorld, kind: string) =>
  (await world.events.read(id, 0, 1000)).filter((event) => event.kind === kind).map(({ body }) => body)
const repeatedCalls = ({ inference: { calls } }: MemoryWorld) =>
  calls.length - new Set(calls.map(({ kind, requestId }) => kind + requestId)).size

describe('a round that failed in train', () => {
  test('goes on under another cluster to the end of an undisturbed loop, without one further rollout', async () => {
    const memory = await begin({ cluster: clusterOf(1) }, { skillOf: needsThreads(2) })
    expect(await standing(memory)).toEqual(['failed', 'failed', 'cancelled'])
    const calls = memory.inference.calls.filter(({ model }) => model === 'teacher').length
    const cluster = clusterOf(2, { timeLimitMinutes: 7 })
    const outcome = await retryIteration(memory.world, id, { cluster })
    expect(outcome).toMatchObject({ kind: 'retried', iteration: { state: 'running', reason: null, finishedAt: null } })
    expect(await standing(memory)).toEqual(['running', 'train', 'waiting'])
    expect(await memory.world.training.find(r0)).toMatchObject({ state: 'pending', attempt: 2, firstAttempt: 2 })
    await untilEnded(memory, id)
    expect(await outcomeOf(memory, id)).toEqual(await undisturbed())
    expect(memory.inference.calls.filter(({ model }) => model === 'teacher')).toHaveLength(calls)
    expect(repeatedCalls(memory)).toBe(0)
    expect(memory.jobs.map((job) => [job.id, job.firstAttempt, job.timeLimitMinutes])).toEqual([
      [r0, 1, 1440],
      [r0, 2, 7],
      [r1, 1, 7],
    ])
    expect(await memory.world.training.attempts(r0)).toMatchObject([
      { attempt: 1, because: null },
      { attempt: 2, because: 'the iteration was retried' },
    ])
    expect((await memory.world.rounds.iteration(id))?.recipe.cluster).toMatchObject({ threads: 1 })
    for (const { recipe } of await memory.world.rounds.rounds(id)) expect(recipe.cluster).toMatchObject(cluster)
    expect(await eventsOf(memory, 'iteration.retried')).toMatchObject([
      { state: 'running', round: 0, stage: 'train', changes: { cluster } },
    ])
  })

  test('may fail again and be retried again, each time with its attempts counted anew', async () => {
    const memory = await begin({ cluster: clusterOf(1) }, { skillOf: needsThreads(3) })
    for (const [at, threads] of [2, 3].entries()) {
      expect(await standing(memory)).toEqual(['failed', 'failed', 'cancelled'])
      expect(await memory.world.training.find(r0)).toMatchObject({ state: 'failed', attempt: at + 1 })
      expect(await retryIteration(memory.world, id, { cluster: clusterOf(threads) })).toMatchObject({ kind: 'retried' })
      await untilEnded(memory, id)
    }
    expect(await outcomeOf(memory, id)).toEqual(await undisturbed())
    expect(memory.jobs.map(({ firstAttempt }) => firstAttempt)).toEqual([1, 2, 3, 1])
  })

  test('a later round fails and goes on, and the earlier ones stay as they are', async () => {
    const memory = await begin(
      { cluster: clusterOf(1) },
      {
        skillOf: (job) => (job.id === r1 ? needsThreads(2)(job) : 0.8),
      },
    )
    expect(await standing(memory)).toEqual(['failed', 'accepted', 'failed'])
    const before = await memory.world.rounds.round(r0)
    await retryIteration(memory.world, id, { cluster: clusterOf(2) })
    await untilEnded(memory, id)
    expect(await outcomeOf(memory, id)).toEqual(await undisturbed())
    expect(await memory.world.rounds.round(r0)).toEqual(before)
    expect(repeatedCalls(memory)).toBe(0)
  })

  test('over its budget fails again with the same reason while the budget is the same, and goes on with a higher one', async () => {
    const cluster = clusterOf(1, { maxGpuHours: 0.01 })
    const memory = await begin({ cluster }, { gpuSecondsPerLook: 40 })
    const reason = (await memory.world.rounds.round(r0))?.reason
    expect(reason).toContain('a retry of the iteration with a higher maxGpuHours goes on from there')
    await retryIteration(memory.world, id)
    await untilEnded(memory, id)
    expect(await memory.world.rounds.round(r0)).toMatchObject({ state: 'failed', reason })
    expect(await memory.world.training.find(r0)).toMatchObject({ state: 'failed', reason, firstAttempt: 2 })
    expect(await memory.world.training.attempts(r0)).toHaveLength(1)
    expect(memory.jobs).toHaveLength(1)
    await retryIteration(memory.world, id, { cluster: { ...cluster, maxGpuHours: 1 } })
    await untilEnded(memory, id)
    expect(await standing(memory)).toEqual(['succeeded', 'accepted', 'accepted'])
    expect(await memory.world.training.attempts(r0)).toMatchObject([{ attempt: 1 }, { attempt: 3 }])
  })
})

/** The world whose servings of so few requests at once always fail. */
const narrow = (world: World): World => ({
  ...world,
  serving: async (choice) => {
    const serving = await world.serving(choice)
    const failing: Serving = {
      ...serving,
      ensure: async () => ({ state: 'failed', reason: 'the server does not start' }),
    }
    return choice.backend === 'policy-server' && choice.maxInFlight === 1 ? failing : serving
  },
})

describe('a round that failed elsewhere', () => {
  test('goes on in deploy under another serving, and nothing is trained again', async () => {
    const memory = await begin({ serving: { backend: 'policy-server', maxInFlight: 1 } }, {}, narrow)
    expect(await standing(memory)).toEqual(['failed', 'failed', 'cancelled'])
    expect((await memory.world.deployments.list(id)).map(({ state }) => state)).toEqual(['failed'])
    await retryIteration(memory.world, id, { serving: { backend: 'policy-server' } })
    expect(await standing(memory)).toEqual(['running', 'deploy', 'waiting'])
    await untilEnded(memory, id)
    expect(await outcomeOf(memory, id)).toEqual(await undisturbed())
    expect(memory.jobs).toHaveLength(2)
  })

  test.each([
    ['explore', r0],
    ['evaluate', r0],
    ['explore', r1],
  ] as const)('goes on in %s of %s with the rollouts it has once its endpoint is back', async (stage, roundId) => {
    let away = true
    const answered = new Set<string>()
    let asked = 0
    let world: World | null = null
    let current = ''
    const memory = await begin(
      { patience: { endpointMinutes: 1 } },
      {
        failure: ({ requestId }) => {
          const isHit = current === `${roundId} ${stage}`
          if (away && isHit && asked >= 3) return 'unreachable'
          if (isHit) asked++
          if (answered.has(requestId)) throw new Error(`${requestId} was asked twice`)
          answered.add(requestId)
          return null
        },
      },
      (given) => {
        const updateRound: World['rounds']['updateRound'] = async (seen, change, events) => {
          const done = await given.rounds.updateRound(seen, change, events)
          if (done && change.state !== undefined) current = `${seen.id} ${change.state}`
          return done
        }
        const reopen: World['rounds']['reopen'] = async (seen, reopening, events) => {
          current = `${reopening.rounds[0].seen.id} ${reopening.stage}`
          return await given.rounds.reopen(seen, reopening, events)
        }
        world = { ...given, rounds: { ...given.rounds, updateRound, reopen } }
        return world
      },
    )
    const failed = await memory.world.rounds.round(roundId)
    expect(failed).toMatchObject({ state: 'failed', reason: expect.stringContaining('in vain') })
    away = false
    expect(await retryIteration(world ?? memory.world, id)).toMatchObject({ kind: 'retried' })
    expect(await memory.world.rounds.round(roundId)).toMatchObject({ state: stage, reason: null, finishedAt: null })
    await untilEnded(memory, id)
    expect(await outcomeOf(memory, id)).toEqual(await undisturbed())
  })

  test('goes on in a stage that it could not plan', async () => {
    let gone = true
    const memory = await begin({}, {}, (world) => ({
      ...world,
      problems: {
        ...world.problems,
        problems: async (...given) => {
          if (gone) throw new PortError('the problems are gone', { retryable: false })
          return await world.problems.problems(...given)
        },
      },
    }))
    expect(await standing(memory)).toEqual(['failed', 'failed', 'cancelled'])
    expect(await memory.world.shards.shards(r0, 'explore')).toBeNull()
    gone = false
    await retryIteration(memory.world, id)
    await untilEnded(memory, id)
    expect(await outcomeOf(memory, id)).toEqual(await undisturbed())
  })
})

describe('a retry', () => {
  test.each([
    ['running', 'the iteration runs'],
    ['paused', 'resume it'],
    ['cancelling', 'for good'],
    ['cancelled', 'for good'],
    ['succeeded', 'has succeeded'],
  ] as const)('of an iteration that is %s is refused', async (state, reason) => {
    const { world } = await createMemoryWorld()
    await startIteration(world, sumsRecipe(), { idempotencyKey: null })
    const seen = await world.rounds.iteration(id)
    if (seen !== null) await world.rounds.updateIteration(seen, { state })
    const before = await world.rounds.iteration(id)
    expect(await retryIteration(world, id)).toEqual({ kind: 'refused', reason: expect.stringContaining(reason) })
    expect(await world.rounds.iteration(id)).toEqual(before)
  })

  test('of an iteration that is not there is told', async () => {
    const { world } = await createMemoryWorld()
    expect(await retryIteration(world, 'it-none')).toEqual({ kind: 'not-found' })
  })

  test('by two at once takes place once, and the other is told that it runs', async () => {
    const memory = await begin({ cluster: clusterOf(1) }, { skillOf: needsThreads(2) })
    const outcomes = await Promise.all(
      [0, 1].map(() => retryIteration(memory.another(), id, { cluster: clusterOf(2) })),
    )
    expect(outcomes.map(({ kind }) => kind).toSorted()).toEqual(['refused', 'retried'])
    expect(await eventsOf(memory, 'iteration.retried')).toHaveLength(1)
    await untilEnded(memory, id)
    expect(await standing(memory)).toEqual(['succeeded', 'accepted', 'accepted'])
  })

  test('with wrong changes changes nothing', async () => {
    const memory = await begin({ cluster: clusterOf(1) }, { skillOf: needsThreads(2) })
    const outcome = await retryIteration(memory.world, id, { cluster: { backend: 'slrum' }, train: {} })
    expect(outcome).toMatchObject({ kind: 'invalid', problems: [{ path: 'train' }, { path: 'cluster.backend' }] })
    expect(await standing(memory)).toEqual(['failed', 'failed', 'cancelled'])
  })

  test('waits for a re-verification of the failed round', async () => {
    const memory = await begin({ cluster: clusterOf(1) }, { skillOf: needsThreads(2) })
    const request = { id: 'rv-1', roundId: r0, filter: {}, idempotencyKey: null, total: 1 }
    await memory.world.reverifications.create(request)
    expect(await retryIteration(memory.world, id)).toMatchObject({
      kind: 'refused',
      reason: expect.stringContaining('re-verification rv-1'),
    })
  })

  test('leaves an iteration that can be paused, resumed and cancelled', async () => {
    const memory = await begin({ cluster: clusterOf(1) }, { skillOf: needsThreads(2) })
    await retryIteration(memory.world, id, { cluster: clusterOf(2) })
    await until(memory, async () => (await memory.world.training.find(r0))?.state === 'running')
    await steerIteration(memory.world, id, 'pause')
    await until(memory, async () => (await memory.world.training.find(r0))?.state === 'paused')
    await steerIteration(memory.world, id, 'resume')
    await until(memory, async () => (await memory.world.rounds.round(r1))?.state === 'train')
    await steerIteration(memory.world, id, 'cancel')
    await untilEnded(memory, id)
    expect(await standing(memory)).toEqual(['cancelled', 'accepted', 'cancelled'])
    expect([...memory.models.keys()]).toEqual(['teacher'])
  })
})
