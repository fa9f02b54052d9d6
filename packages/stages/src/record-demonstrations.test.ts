import { expect, test } from '@jest/globals'
import { startIteration } from './start-iteration.ts'
import { startWorker, untilEnded } from './testing/memory-worker.ts'
import { createMemoryWorld } from './testing/memory-world.ts'
import { solution } from './testing/sums.ts'
import { sumsRecipe } from './testing/sums-recipe.ts'

const imitate = { from: 'demonstrations', demonstrationSet: 'solutions' }

/** Round 0 alone, imitating these answers to the first problems of the pool; null is the right one. */
async function imitated(answers: readonly (readonly [problem: number, answer: number | null])[], shardSize: number) {
  const memory = await createMemoryWorld()
  const pool = await memory.world.problems.find('pool')
  const problems = await memory.world.problems.problems(pool?.id ?? '')
  const rows = answers.map(([at, answer], index) => ({
    problemId: `pool-${at}`,
    text: solution(answer ?? Number(problems[at]?.verification.gold[0]), `demonstration ${index}`),
  }))
  await memory.world.demonstrations.create('solutions', pool?.id ?? '', rows)
  const recipe = sumsRecipe({ rounds: 0, imitate, explore: { shardSize } })
  await startIteration(memory.world, recipe, { idempotencyKey: null })
  await startWorker(memory.world)
  await untilEnded(memory, 'it-1')
  const trajectories = await memory.world.trajectories.list({ roundIds: ['it-1-r0'], purpose: 'explore' })
  const [round] = await memory.world.rounds.rounds('it-1')
  return { memory, round, trajectories, texts: await memory.world.trajectories.texts(trajectories) }
}

const answers = [
  [0, null],
  [1, null],
  [0, 7],
  [0, null],
  [1, null],
] as const

test.each([1, 2, 5])('demonstrations are numbered by problem as they come, in shards of %d', async (shardSize) => {
  const { memory, round, trajectories, texts } = await imitated(answers, shardSize)
  expect(trajectories.map(({ problemId, index, verdict }) => [problemId, index, verdict.decision])).toEqual([
    ['pool-0', 0, 'correct'],
    ['pool-0', 1, 'incorrect'],
    ['pool-0', 2, 'correct'],
    ['pool-1', 0, 'correct'],
    ['pool-1', 1, 'correct'],
  ])
  expect(texts.map((text) => /demonstration \d/.exec(text)?.[0])).toEqual(
    [0, 2, 3, 1, 4].map((n) => `demonstration ${n}`),
  )
  expect(new Set(trajectories.map(({ policyVersion }) => policyVersion))).toEqual(new Set(['demonstrations']))
  expect(round).toMatchObject({ state: 'accepted', results: { explore: { rollouts: 5 }, curate: { sftRows: 4 } } })
  expect(memory.inference.calls.filter(({ model }) => model === 'teacher')).toEqual([])
})

test('what comes out does not depend on the size of a shard', async () => {
  const [one, five] = [await imitated(answers, 1), await imitated(answers, 5)]
  expect(one.round?.results.curate).toEqual(five.round?.results.curate)
})

test('demonstrations that are all wrong end the round, and the reason names the version that is empty', async () => {
  const { memory } = await imitated([[0, 7]], 5)
  expect(await memory.world.rounds.iteration('it-1')).toMatchObject({
    state: 'failed',
    reason: expect.stringMatching(/^round 0: the sft dataset version ds_\w+ is empty/),
  })
})
