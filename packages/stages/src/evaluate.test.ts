import { describe, expect, test } from '@jest/globals'
import { startIteration } from './start-iteration.ts'
import { startWorker, untilEnded } from './testing/memory-worker.ts'
import { createMemoryWorld, type MemoryWorld, type MemoryWorldSettings } from './testing/memory-world.ts'
import { sumsRecipe } from './testing/sums-recipe.ts'

/** The loop played to its end, with checkpoints of these skills. */
async function play(
  skills: readonly number[],
  evaluate: Record<string, unknown> = {},
  settings: MemoryWorldSettings = {},
): Promise<MemoryWorld> {
  const memory = await createMemoryWorld({ skillOf: ({ id }) => skills[Number(id.at(-1))] ?? 0, ...settings })
  const benchmarks = [{ name: 'held-out', problemSet: 'held-out', sampling: { maxTokens: 128, temperature: 0 } }]
  const recipe = sumsRecipe({ rounds: skills.length - 1, evaluate: { benchmarks, ...evaluate } })
  const started = await startIteration(memory.world, recipe, { idempotencyKey: null })
  if (!started.ok) throw new Error(JSON.stringify(started.problems))
  await startWorker(memory.world)
  await untilEnded(memory, 'it-1')
  return memory
}

const roundsOf = async ({ world }: MemoryWorld) =>
  (await world.rounds.rounds('it-1')).map(({ state, incumbentCheckpointId }) => [state, incumbentCheckpointId])
const deploymentsOf = async ({ world }: MemoryWorld) =>
  (await world.deployments.list('it-1')).map(({ checkpointId, state }) => [checkpointId, state])
const incumbentOf = async ({ world }: MemoryWorld) => (await world.rounds.iteration('it-1'))?.incumbentCheckpointId

describe('the gate', () => {
  test('accepts a candidate that is better, and takes the incumbent out of service', async () => {
    const memory = await play([0.3, 1])
    expect(await roundsOf(memory)).toEqual([
      ['accepted', null],
      ['accepted', 'ck-it-1-r0'],
    ])
    expect(await incumbentOf(memory)).toBe('ck-it-1-r1')
    expect(await deploymentsOf(memory)).toEqual([
      ['ck-it-1-r0', 'released'],
      ['ck-it-1-r1', 'ready'],
    ])
    expect(memory.models.size).toBe(2)
  })

  test('rejects a candidate that is worse, and takes it out of service; the next round goes on with the incumbent', async () => {
    const memory = await play([1, 0.1, 1])
    expect(await roundsOf(memory)).toEqual([
      ['accepted', null],
      ['rejected', 'ck-it-1-r0'],
      ['accepted', 'ck-it-1-r0'],
    ])
    expect(await incumbentOf(memory)).toBe('ck-it-1-r2')
    expect(await deploymentsOf(memory)).toEqual([
      ['ck-it-1-r0', 'released'],
      ['ck-it-1-r1', 'released'],
      ['ck-it-1-r2', 'ready'],
    ])
    const explorers = await memory.world.trajectories.list({ roundIds: ['it-1-r2'], purpose: 'explore' })
    expect(new Set(explorers.map(({ policyVersion }) => policyVersion.slice(0, 8)))).toEqual(new Set(['sums-r0-']))
  })

  test('a policy that a server serves under another name is known by the name of its deployment', async () => {
    const memory = await play([0.3, 1], {}, { servedAs: (name) => `server-of-${name}` })
    const [imitated, improved] = (await memory.world.deployments.list('it-1')).map(({ name }) => name)
    const versions = async (purpose: 'explore' | 'evaluate') => {
      const found = await memory.world.trajectories.list({ roundIds: ['it-1-r1'], purpose })
      return [...new Set(found.map(({ policyVersion }) => policyVersion))]
    }
    expect(await versions('explore')).toEqual([imitated])
    expect(await versions('evaluate')).toEqual([improved])
    expect(memory.inference.calls.some(({ model }) => model === `server-of-${improved}`)).toBe(true)
  })

  test('allows the loss that the recipe allows', async () => {
    const memory = await play([1, 0.1], { gate: { margin: 1 } })
    expect((await roundsOf(memory)).map(([state]) => state)).toEqual(['accepted', 'accepted'])
  })

  test('gives its reason with figures, and a report of each benchmark is kept', async () => {
    const memory = await play([1, 0])
    const [, last] = await memory.world.rounds.rounds('it-1')
    expect(last?.results.evaluate).toMatchObject({
      accepted: false,
      reason: expect.stringMatching(/^Rejected: pass@1 on held-out is 0.0 % against the incumbent's 100.0 %/),
      benchmarks: { 'held-out': { value: 0 } },
    })
    const reports = await memory.world.reports.list('it-1')
    expect(reports.map(({ checkpointId, problems, passAt1 }) => [checkpointId, problems, passAt1.value])).toEqual([
      ['ck-it-1-r0', 4, 1],
      ['ck-it-1-r1', 4, 0],
    ])
  })
})

describe('benchmark attempts that fail', () => {
  /** Fails at so many of the benchmark's problems. */
  const failing = (count: number): MemoryWorldSettings => {
    const asked = new Set<string>()
    return {
      failure: ({ model, requestId }) => {
        if (model === 'teacher') return null
        asked.add(requestId)
        return asked.size <= count ? 'broken' : null
      },
    }
  }

  test('end the round when they are more than the allowed share, and nothing stays in service', async () => {
    const memory = await play([1], { maxFailedShare: 0.3 }, failing(2))
    expect(await memory.world.rounds.iteration('it-1')).toMatchObject({
      state: 'failed',
      reason: expect.stringMatching(/^round 0: 2 of 4 benchmark attempts failed, over evaluate.maxFailedShare 0.3/),
    })
    expect(await memory.world.reports.list('it-1')).toEqual([])
    expect([...memory.models.keys()]).toEqual(['teacher'])
  })

  test('count as not correct while they are no more than that', async () => {
    const memory = await play([1], { maxFailedShare: 0.3 }, failing(1))
    expect((await memory.world.reports.list('it-1')).map(({ passAt1 }) => passAt1.value)).toEqual([0.75])
  })
})

test('a training that fails ends the iteration with the reason', async () => {
  const skillOf = () => {
    throw new Error('the loss is not a number')
  }
  const untrained = await play([1], {}, { skillOf })
  expect((await untrained.world.rounds.iteration('it-1'))?.reason).toBe(
    'round 0: training failed in attempt 1: the loss is not a number',
  )
})
