import { expect, test } from '@jest/globals'
import { checkRecipe } from './check-recipe.ts'
import { checkRetry } from './check-retry.ts'

const checked = checkRecipe({
  name: 'retried',
  baseModel: '/models/base',
  problems: 'pool',
  rounds: 1,
  imitate: { from: 'demonstrations', demonstrationSet: 'solutions' },
  train: { sft: { learningRate: 0.001, maxSteps: 10 } },
  evaluate: { benchmarks: [{ name: 'held-out', problemSet: 'held-out' }] },
  cluster: { backend: 'slurm', partition: 'gpuu' },
  // What holds for round 1 alone would be refused of round 0.
  overrides: [{ rounds: [1], score: { under: 'incumbent' } }],
})
if (!checked.ok) throw new Error(JSON.stringify(checked.problems))
const { recipe, rounds } = checked
const retry = (input: unknown, round = rounds[1]) => {
  if (round === undefined) throw new Error('there are two rounds')
  return checkRetry(recipe, round, input)
}
const problemsOf = (input: unknown) => {
  const outcome = retry(input)
  return outcome.ok ? [] : outcome.problems
}

test('a retry may change nothing', () => {
  expect(retry({})).toEqual({ ok: true, changes: {} })
})

test('a section that is given comes back whole, with its defaults', () => {
  const outcome = retry({ cluster: { backend: 'slurm', partition: 'gpu' }, patience: { queueMinutes: 5 } })
  expect(outcome).toMatchObject({
    ok: true,
    changes: {
      cluster: { backend: 'slurm', partition: 'gpu', maxAttempts: 3 },
      patience: { queueMinutes: 5, endpointMinutes: 30 },
    },
  })
  expect(outcome.ok && Object.keys(outcome.changes)).toEqual(['cluster', 'patience'])
})

test.each([
  ['what a round learns from', { train: { sft: {} } }, 'train'],
  ['what it is judged by', { evaluate: {} }, 'evaluate'],
  ['a key that is misspelt', { clusterr: {} }, 'clusterr'],
])('%s is refused with its path and a remedy', (_what, input, path) => {
  expect(problemsOf(input)).toEqual([
    { path, message: 'a retry cannot change this', remedy: expect.stringContaining('cluster, serving and patience') },
  ])
})

test.each([null, [], 'cluster'])('%j is no set of changes', (input) => {
  expect(problemsOf(input)).toMatchObject([{ path: '', message: 'must be an object with settings' }])
})

test('all that is wrong is told at once, as of a recipe', () => {
  const cluster = { backend: 'slurm', partitoin: 'gpu', timeLimitMinutes: 1, graceSeconds: 60 }
  const paths = problemsOf({ cluster, serving: { backend: 'vllm' }, seed: 3 }).map(({ path }) => path)
  expect(paths).toEqual(
    expect.arrayContaining(['seed', 'cluster.partitoin', 'cluster.graceSeconds', 'serving.backend']),
  )
})

test('a section that is not given is checked as the round has it, not as it was started', () => {
  const broken = { backend: 'slurm', timeLimitMinutes: 1, graceSeconds: 60 }
  const round = rounds[1]
  if (round === undefined) throw new Error('there are two rounds')
  const cluster = { ...round.cluster, ...broken, backend: 'slurm' } as typeof round.cluster
  expect(checkRetry(recipe, { ...round, cluster }, { patience: {} })).toMatchObject({
    problems: [{ path: 'cluster.graceSeconds' }],
  })
})
