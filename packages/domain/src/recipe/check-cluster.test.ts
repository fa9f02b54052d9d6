import { describe, expect, test } from '@jest/globals'
import { checkRecipe } from './check-recipe.ts'

function problemsOf(cluster: unknown) {
  const checked = checkRecipe({
    name: 'demo',
    baseModel: '/models/base',
    problems: 'train-set',
    rounds: 1,
    imitate: { from: 'demonstrations', demonstrationSet: 'demos' },
    train: { sft: { learningRate: 1e-5, epochs: 3 } },
    evaluate: { benchmarks: [{ name: 'held-out', problemSet: 'test-set' }] },
    cluster,
  })
  return checked.ok ? [] : checked.problems
}

const launcher = {
  backend: 'command',
  submit: ['launch', '{name}', '{command}'],
  look: ['show', '{name}'],
  stop: ['end', '{directory}', '{graceSeconds}'],
}
const pods = { backend: 'kubernetes', image: 'trainer' }
const runs = { claim: 'runs', mountPath: '/shared/runs' }

/** One mistake each: its name, the cluster, where it is reported, and words of the message and the remedy. */
const mistakes: readonly (readonly [string, unknown, string, string, string])[] = [
  [
    'a grace longer than the time limit',
    { backend: 'local', timeLimitMinutes: 5, graceSeconds: 6000 },
    'cluster.graceSeconds',
    'a time limit of 300 s',
    'half the time limit',
  ],
  [
    'twice the default grace in a short time limit',
    { backend: 'local', timeLimitMinutes: 2 },
    'cluster.graceSeconds',
    'twice 60 s',
    'raise timeLimitMinutes',
  ],
  [
    'CUDA without a GPU',
    { backend: 'slurm', device: 'cuda', gpusPerNode: 0 },
    'cluster.gpusPerNode',
    'sees none',
    'set device to cpu',
  ],
  [
    'a trainer of one word for several processes',
    { backend: 'slurm', gpusPerNode: 2, trainer: ['/opt/trainer'] },
    'cluster.trainer',
    'an interpreter and a script',
    'train.py',
  ],
  [
    'a launcher that is not told what to run',
    { ...launcher, submit: ['launch', '{name}'] },
    'cluster.submit',
    'has no {command}',
    'add {command}',
  ],
  [
    'a misspelt placeholder',
    { ...launcher, look: ['show', '{nmae}'] },
    'cluster.look',
    'has {nmae}, which is no placeholder',
    'did you mean {name}?',
  ],
  [
    'a placeholder of another command',
    { ...launcher, logs: ['tail', '{name}', '{command}'] },
    'cluster.logs',
    'has {command}',
    'remove {command}',
  ],
  [
    'runs beside the volume',
    { ...pods, runsDirectory: '/shared/runs-2', volumes: [runs] },
    'cluster.runsDirectory',
    'mounted at /shared/runs',
    'mountPath',
  ],
  ['runs without a volume', { ...pods, runsDirectory: '/shared/runs' }, 'cluster.runsDirectory', 'are none', 'volume'],
  [
    'a relative directory',
    { backend: 'slurm', runsDirectory: 'relative/runs' },
    'cluster.runsDirectory',
    'must begin with /',
    'with / first',
  ],
  [
    'a short option of sbatch',
    { backend: 'slurm', options: ['-C ib'] },
    'cluster.options.0',
    'must be a long option of sbatch',
    'that form',
  ],
  [
    'a relative mount',
    { ...pods, volumes: [{ claim: 'runs', mountPath: 'runs' }] },
    'cluster.volumes.0.mountPath',
    'must begin with /',
    'with / first',
  ],
  [
    'a token where its variable belongs',
    { backend: 'ray', address: 'http://head:8265', tokenEnv: 'secret' },
    'cluster.tokenEnv',
    'name of an environment variable',
    'put the token',
  ],
]

describe('of a cluster it names the mistake and the remedy', () => {
  test.each(mistakes)('%s', (_title, cluster, path, message, remedy) => {
    expect(problemsOf(cluster)).toEqual([
      { path, message: expect.stringContaining(message), remedy: expect.stringContaining(remedy) },
    ])
  })
})

test.each([
  [
    'a launcher with words in braces of its own',
    { ...launcher, look: ['sh', '-c', "awk '{print}' $1", 'sh', '{name}'] },
  ],
  ['a trainer of one word for one process', { backend: 'slurm', trainer: ['/opt/trainer'] }],
  ['CUDA where the launcher gives the GPUs', { ...launcher, device: 'cuda' }],
  ['runs in a volume', { ...pods, runsDirectory: '/shared/runs/ratchet', volumes: [runs] }],
  [
    'runs that are a volume',
    { ...pods, runsDirectory: '/shared/runs', volumes: [{ ...runs, mountPath: '/shared/runs/' }] },
  ],
  ['a grace just below half the limit', { backend: 'local', timeLimitMinutes: 5, graceSeconds: 149 }],
])('it lets pass: %s', (_title, cluster) => expect(problemsOf(cluster)).toEqual([]))
