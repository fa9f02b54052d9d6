import { describe, expect, test } from '@jest/globals'
import { checkRecipe } from './check-recipe.ts'
import { checkSlurmOptions } from './check-slurm-options.ts'

const problemsOf = (...options: string[]) => checkSlurmOptions({ backend: 'slurm', options }, 'cluster')

describe('of the options of sbatch it refuses what every job is given', () => {
  test.each([
    ['--job-name=mine', 'job-name', 'by the name'],
    ['--comment=mine', 'comment', 'remove it'],
    ['--nodes=4', 'nodes', 'set nodes'],
    ['--ntasks=4', 'ntasks', 'processesPerNode'],
    ['--ntasks-per-node=4', 'ntasks-per-node', 'processesPerNode'],
    ['--array=1-4', 'array', 'one job'],
    ['--time 60', 'time', 'timeLimitMinutes'],
    ['--signal=USR2', 'signal', 'graceSeconds'],
    ['--chdir=/tmp', 'chdir', 'runsDirectory'],
    ['--output=/tmp/log', 'output', 'runsDirectory'],
    ['--error=/tmp/log', 'error', 'runsDirectory'],
    ['--open-mode=truncate', 'open-mode', 'remove it'],
    ['--requeue', 'requeue', 'maxAttempts'],
    ['--no-requeue', 'no-requeue', 'always given'],
    ['--export=ALL', 'export', 'set env'],
    ['--parsable', 'parsable', 'always given'],
    ['--wait', 'wait', 'remove it'],
    ['--test-only', 'test-only', 'remove it'],
    ['--clusters=other', 'clusters', 'SLURM_CONF'],
    ['--job=mine', 'job-name', 'by the name'],
    ['--constraint=ib --time=60', 'time', 'timeLimitMinutes'],
    ['--constraint=ib -J mine', 'job-name', 'by the name'],
  ])('%s', (option, name, remedy) => {
    expect(problemsOf('--hold', option)).toEqual([
      {
        path: 'cluster.options.1',
        message: `sets --${name}, which Ratchet sets itself`,
        remedy: expect.stringContaining(remedy),
      },
    ])
  })
})

test('all others are let pass', () => {
  const options = [
    '--begin=now+1hour',
    '--dependency=afterok:7',
    '--constraint=ib&a100',
    '--exclusive',
    '--time-min=10',
  ]
  expect(problemsOf(...options, '--nodelist=n[1-4]', '--partition=gpu', '--mem=0', '--wait-all-nodes=1')).toEqual([])
  expect(checkSlurmOptions({ backend: 'local', options: ['--time=60'] }, 'cluster')).toEqual([])
})

test('it holds for the trainer and for servers', () => {
  const checked = checkRecipe({
    name: 'demo',
    baseModel: '/models/base',
    problems: 'train-set',
    rounds: 1,
    imitate: { from: 'demonstrations', demonstrationSet: 'demos' },
    train: { sft: { learningRate: 1e-5, epochs: 3 } },
    evaluate: { benchmarks: [{ name: 'held-out', problemSet: 'test-set' }] },
    cluster: { backend: 'slurm', options: ['--nodes=2'] },
    serving: {
      backend: 'job',
      cluster: { backend: 'slurm', options: ['--time=10'] },
      command: ['serve', '{path}', '{name}', '{port}'],
    },
  })
  expect(checked).toMatchObject({
    ok: false,
    problems: [{ path: 'cluster.options.0' }, { path: 'serving.cluster.options.0' }],
  })
})
