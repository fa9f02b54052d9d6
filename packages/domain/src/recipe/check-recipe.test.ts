import { describe, expect, test } from '@jest/globals'
import { checkCurate, checkRecipe } from './check-recipe.ts'
import { mergePatch } from './merge-patch.ts'

const sound = {
  name: 'demo',
  baseModel: '/models/base',
  problems: 'train-set',
  rounds: 2,
  imitate: { from: 'demonstrations', demonstrationSet: 'demos' },
  explore: { accept: 2, cap: 8 },
  train: { method: 'sft+dpo', sft: { learningRate: 1e-5, epochs: 3 }, dpo: { learningRate: 1e-6, maxSteps: 50 } },
  curate: { preference: {} },
  evaluate: { benchmarks: [{ name: 'held-out', problemSet: 'test-set' }] },
}

function problemsOf(patch: unknown): readonly { path: string; message: string; remedy: string }[] {
  const checked = checkRecipe(mergePatch(sound, patch))
  return checked.ok ? [] : checked.problems
}

test('a sound recipe gives one recipe a round, with its overrides applied and defaults filled in', () => {
  const checked = checkRecipe({
    ...sound,
    overrides: [
      { rounds: [0], train: { method: 'sft', sft: { maxSteps: 7, epochs: null } } },
      { rounds: [1, 2], explore: { sampling: { temperature: 0.7 } } },
      { rounds: [2], explore: { cap: 32 } },
    ],
  })
  expect(checked).toMatchObject({
    ok: true,
    recipe: { seed: 1, rounds: 2 },
    rounds: [
      {
        train: { method: 'sft', sft: { maxSteps: 7, learningRate: 1e-5 } },
        explore: { cap: 8, sampling: { temperature: 1 } },
      },
      {
        train: { method: 'sft+dpo', sft: { epochs: 3 } },
        explore: { cap: 8, sampling: { temperature: 0.7, topP: 1 } },
      },
      { explore: { accept: 2, cap: 32, sampling: { temperature: 0.7 } } },
    ],
  })
  if (!checked.ok) throw new Error('unreachable')
  expect(checked.rounds[0]?.train.sft).not.toHaveProperty('epochs')
})

test('a recipe that was checked passes again, with the same outcome', () => {
  const first = checkRecipe({ ...sound, overrides: [{ rounds: [1], explore: { cap: 4 } }] })
  if (!first.ok) throw new Error('unreachable')
  expect(checkRecipe(first.recipe)).toEqual(first)
})

describe('two phases train one adapter', () => {
  const lora = { rank: 16, alpha: 32 }
  const problemsWith = (sft: unknown, dpo: unknown, more: object = {}) =>
    problemsOf({ train: { sft: { lora: sft }, dpo: { lora: dpo }, ...more } })

  test.each([
    ['the same', lora, lora],
    ['the same once defaults are filled in', {}, lora],
    ['none', null, null],
    ['another dropout, which is no part of its shape', { dropout: 0.1 }, {}],
  ])('%s in both is sound', (_what, sft, dpo) => {
    expect(problemsWith(sft, dpo)).toEqual([])
  })

  test('what differs is told with both fields', () => {
    expect(problemsWith(lora, { rank: 8, targetModules: ['q_proj'] })).toEqual([
      {
        path: 'train.dpo.lora',
        message:
          'both phases train one adapter, but train.sft.lora and train.dpo.lora have the rank 16 and 8, the targetModules "all-linear" and ["q_proj"]',
        remedy: 'give both the same rank, alpha and targetModules',
      },
    ])
  })

  test.each([
    ['sft', 'dpo', lora, null],
    ['dpo', 'sft', null, lora],
  ])('one in %s alone is refused', (given, missing, sft, dpo) => {
    expect(problemsWith(sft, dpo)).toEqual([
      {
        path: 'train.dpo.lora',
        message: `both phases train one adapter, but there is train.${given}.lora and no train.${missing}.lora`,
        remedy: 'give both the same lora, or leave it out of both',
      },
    ])
  })

  test('a phase that is not trained does not matter, nor is a wrong value told twice', () => {
    expect(problemsWith(lora, null, { method: 'sft' })).toEqual([])
    expect(problemsWith(lora, { rank: 0 })).toEqual([expect.objectContaining({ path: 'train.dpo.lora.rank' })])
  })
})

test('a cluster may be away for a day unless the recipe says otherwise, in whole minutes', () => {
  expect(checkRecipe(sound)).toMatchObject({ ok: true, recipe: { patience: { clusterMinutes: 1440 } } })
  expect(problemsOf({ patience: { clusterMinutes: 0.5 } })).toMatchObject([{ path: 'patience.clusterMinutes' }])
})

test('a judge has defaults, and a recipe without one says nothing of verification', () => {
  const judge = { model: 'judge', endpoints: [{ url: 'http://judge/v1' }], secondOpinion: {} }
  const checked = checkRecipe({ ...sound, verification: { judge } })
  expect(checked).toMatchObject({
    ok: true,
    recipe: {
      verification: {
        judge: {
          protocol: 'yes-no',
          confirm: true,
          maxReplyTokens: 2048,
          maxCalls: 10_000,
          maxTokens: 20_000_000,
          secondOpinion: { undecided: true, share: 0 },
        },
      },
    },
  })
  expect(problemsOf({ verification: { judge: { ...judge, maxCall: 5 } } })).toEqual([
    { path: 'verification.judge.maxCall', message: 'there is no such setting', remedy: 'did you mean "maxCalls"?' },
  ])
  const without = checkRecipe(sound)
  expect(without.ok && [without.recipe, ...without.rounds].some((each) => 'verification' in each)).toBe(false)
})

/** One mistake each: its name, the patch that makes it, where it is reported, and words of the message and the remedy. */
const mistakes: readonly (readonly [string, unknown, string, string, string])[] = [
  [
    'a value out of bounds',
    { explore: { sampling: { topP: 1.5 } } },
    'explore.sampling.topP',
    'must be at most 1, is 1.5',
    'at most 1',
  ],
  ['a value of the wrong kind', { seed: 'one' }, 'seed', 'must be a number, is the text "one"', 'write a number'],
  [
    'a fraction where a whole number belongs',
    { explore: { shardSize: 1.5 } },
    'explore.shardSize',
    'must be a whole number, is 1.5',
    'whole number',
  ],
  [
    'a misspelt setting',
    { explore: { sampling: { temprature: 1 } } },
    'explore.sampling.temprature',
    'no such setting',
    'did you mean "temperature"?',
  ],
  [
    'a misspelt setting at the top',
    { thoughtformat: 'still' },
    'thoughtformat',
    'no such setting',
    'did you mean "thoughtFormat"?',
  ],
  [
    'a setting like nothing known',
    { imitate: { zzz: 1 } },
    'imitate.zzz',
    'no such setting',
    'the settings here are from, demonstrationSet',
  ],
  [
    'a misspelt choice',
    { thoughtFormat: 'thnk' },
    'thoughtFormat',
    'must be one of think, still, s1, plain',
    'did you mean "think"?',
  ],
  [
    'an unknown curation rule',
    { curate: { rules: [{ rule: 'lenght' }] } },
    'curate.rules.0.rule',
    'must be one of correct',
    'did you mean "length"?',
  ],
  [
    'a misspelt parameter of a rule',
    { curate: { rules: [{ rule: 'quota', kep: 1, keep: 1 }] } },
    'curate.rules.0.kep',
    'no such setting',
    'did you mean "keep"?',
  ],
  ['a missing setting', { baseModel: null }, 'baseModel', 'is missing', 'add it: a text'],
  ['an empty list', { evaluate: { benchmarks: [] } }, 'evaluate.benchmarks', 'at least 1 entries', 'add one'],
  ['a bad name', { name: 'My Recipe' }, 'name', 'lower-case letters, digits, dots and hyphens', 'that form'],
  [
    'a prompt that leaves the problem out',
    { prompt: { user: 'Solve it.' } },
    'prompt.user',
    'must contain {problem}',
    'put {problem}',
  ],
  [
    'an address that is none',
    { serving: { backend: 'policy-server', url: 'localhost:80' } },
    'serving.url',
    'must be a URL',
    'whole URL',
  ],
  [
    'no length of training',
    { train: { sft: { epochs: null } } },
    'train.sft',
    'neither maxSteps nor epochs',
    'add one',
  ],
  ['two lengths of training', { train: { dpo: { epochs: 1 } } }, 'train.dpo', 'maxSteps and epochs both', 'keep one'],
  [
    'a method without its hyper-parameters',
    { train: { sft: null } },
    'train.sft',
    'no hyper-parameters for sft',
    'add train.sft',
  ],
  [
    'DPO without pairs',
    { curate: { preference: null } },
    'curate.preference',
    'makes no preference pairs',
    'add curate.preference',
  ],
  [
    'DPO from single attempts',
    { explore: { accept: 1, cap: 1 } },
    'explore.cap',
    'needs two attempts',
    'raise explore.cap',
  ],
  [
    'DPO on the thought of a format without thoughts',
    { thoughtFormat: 'plain', train: { dpo: { scope: 'thought' } } },
    'train.dpo.scope',
    'does not mark where it ends',
    'think, still or s1',
  ],
  ['a cap below the goal', { explore: { accept: 9 } }, 'explore.cap', '8 attempts can never give the 9', 'at least 9'],
  [
    'attempts that are all the same',
    { explore: { sampling: { temperature: 0 } } },
    'explore.sampling.temperature',
    'are the same one',
    'raise',
  ],
  [
    'a quota over what a round accepts',
    { curate: { pool: 'this-round', rules: [{ rule: 'correct' }, { rule: 'quota', keep: 3 }] } },
    'curate.rules.1.keep',
    'accepts at most 2',
    'lower it to 2',
  ],
  [
    'bounds that keep nothing',
    { curate: { rules: [{ rule: 'length', minTokens: 10, maxTokens: 5 }] } },
    'curate.rules.0.minTokens',
    'keeps nothing',
    'lower minTokens',
  ],
  [
    'completions longer than the rows of training',
    { explore: { sampling: { maxTokens: 9000 } } },
    'train.sft.maxLength',
    'up to 9000 tokens',
    'raise it',
  ],
  [
    'perplexities under an incumbent that round 0 lacks',
    { score: { under: 'incumbent' } },
    'score.under',
    'round 0 has no incumbent',
    'rounds: [0]',
  ],
  [
    'perplexities that demonstrations lack',
    { curate: { rules: [{ rule: 'perplexity', requireScore: true }] } },
    'curate.rules.0.requireScore',
    'no perplexity',
    'round 0',
  ],
  [
    'a gate on a benchmark that is not there',
    { evaluate: { gate: { benchmark: 'aime' } } },
    'evaluate.gate.benchmark',
    'no benchmark named "aime"',
    'held-out',
  ],
  [
    'two benchmarks of one name',
    {
      evaluate: {
        benchmarks: [
          { name: 'a', problemSet: 'x' },
          { name: 'a', problemSet: 'y' },
        ],
      },
    },
    'evaluate.benchmarks.1.name',
    'already named',
    'of its own',
  ],
  [
    'a benchmark that is trained on',
    { evaluate: { benchmarks: [{ name: 'a', problemSet: 'train-set' }] } },
    'evaluate.benchmarks.0.problemSet',
    'not held out',
    'other problems',
  ],
  [
    'two benchmarks of one problem set',
    {
      evaluate: {
        benchmarks: [
          { name: 'a', problemSet: 'x' },
          { name: 'b', problemSet: 'x' },
        ],
      },
    },
    'evaluate.benchmarks.1.problemSet',
    'another benchmark already attempts "x"',
    'keep one',
  ],
  [
    'a benchmark that repeats a greedy attempt',
    { evaluate: { benchmarks: [{ name: 'a', problemSet: 'x', samples: 8 }] } },
    'evaluate.benchmarks.0.samples',
    'are the same one',
    'set samples to 1',
  ],
  [
    'an override of a round that is not there',
    { overrides: [{ rounds: [1, 7] }] },
    'overrides.0.rounds.1',
    'the rounds are 0 to 2',
    'raise rounds',
  ],
  [
    'an override of what cannot be overridden',
    { overrides: [{ rounds: [1], evaluate: {} }] },
    'overrides.0.evaluate',
    'no such setting',
    'the settings here are rounds',
  ],
  [
    'a misspelt setting inside an override',
    { overrides: [{ rounds: [1], train: { sft: { learningrate: 1 } } }] },
    'overrides.0.train.sft.learningrate',
    'no such setting (in round 1)',
    'did you mean "learningRate"?',
  ],
  [
    'a value out of bounds inside an override',
    { overrides: [{ rounds: [1, 2], explore: { cap: 0 } }] },
    'overrides.0.explore.cap',
    'must be more than 0, is 0 (in rounds 1, 2)',
    'more than 0',
  ],
  [
    'an override that breaks a relation',
    { overrides: [{ rounds: [2], curate: { preference: null } }] },
    'overrides.0.curate.preference',
    'makes no preference pairs (in round 2)',
    'add curate.preference',
  ],
]

describe('names the mistake and the remedy', () => {
  test.each(mistakes)('%s', (_title, patch, path, message, remedy) => {
    expect(problemsOf(patch)).toContainEqual({
      path,
      message: expect.stringContaining(message),
      remedy: expect.stringContaining(remedy),
    })
  })
})

describe('five mistakes at once are all named', () => {
  /** Mistakes that touch different settings, so that they can be planted together. */
  const planted = [1, 2, 3, 4, 9, 11, 12, 13, 14, 19, 24, 27, 34].map((at) => mistakes[at])
  const fives = planted.flatMap((_, start) =>
    [1, 2, 3].map((step) => [0, 1, 2, 3, 4].map((each) => planted[(start + each * step) % planted.length])),
  )

  test.each(fives.map((five) => [five.map((mistake) => mistake?.[0]).join('; '), five] as const))(
    '%s',
    (_title, five) => {
      const patch = five.reduce<unknown>((tree, mistake) => mergePatch(tree, keepingNulls(mistake?.[1])), {})
      const found = problemsOf(restoringNulls(patch)).map(({ path, message }) => `${path}: ${message}`)
      for (const mistake of five)
        expect(found).toContainEqual(expect.stringMatching(new RegExp(`^${mistake?.[2]}: .*`)))
      expect(new Set(found).size).toBe(found.length)
    },
  )
})

/** Merging patches into one patch must not use up their nulls. */
const nothing = '<null>'
function keepingNulls(patch: unknown): unknown {
  return JSON.parse(JSON.stringify(patch).replaceAll('null', `"${nothing}"`))
}
function restoringNulls(patch: unknown): unknown {
  return JSON.parse(JSON.stringify(patch).replaceAll(`"${nothing}"`, 'null'))
}

test('a mistake in one field does not hide the relation between two others', () => {
  const paths = problemsOf({
    explore: { accept: 9, shardSize: 'many' },
    train: { method: 'sft+dpo', sft: { learningRate: -1, epochs: null } },
  }).map((problem) => problem.path)
  expect(paths).toEqual(
    expect.arrayContaining(['explore.shardSize', 'explore.cap', 'train.sft.learningRate', 'train.sft']),
  )
})

test('a mistake in all rounds is told once, without naming rounds', () => {
  expect(problemsOf({ explore: { accept: 9 }, overrides: [{ rounds: [1], train: { method: 'sft' } }] })).toHaveLength(1)
})

test('a key that was pasted where its variable name belongs is not repeated', () => {
  const teacher = { model: 'r1', endpoints: [{ url: 'http://127.0.0.1:1/v1', apiKeyEnv: 'sk-secret' }] }
  const problems = problemsOf({ imitate: { from: 'teacher', teacher, demonstrationSet: null } })
  expect(problems).toEqual([expect.objectContaining({ path: 'imitate.teacher.endpoints.0.apiKeyEnv' })])
  expect(JSON.stringify(problems)).not.toContain('sk-secret')
})

test.each([[null], [undefined], ['text'], [[]], [7]])('what is no recipe at all is refused: %j', (input) => {
  expect(checkRecipe(input)).toMatchObject({ ok: false, problems: [{ path: '' }] })
})

describe('a curate section by itself', () => {
  test('gets its defaults', () => expect(checkCurate({})).toMatchObject({ ok: true, curate: { pool: 'all-rounds' } }))
  test('is told what is wrong with it', () =>
    expect(checkCurate({ poool: 1, rules: [{ rule: 'perplexity', min: 5, max: 2 }] })).toMatchObject({
      ok: false,
      problems: [{ path: 'poool', remedy: 'did you mean "pool"?' }, { path: 'rules.0.min' }],
    }))
})

describe('a server for each checkpoint', () => {
  const command = ['serve', '{path}', '--served-model-name', '{name}', '--port={port}']
  const slurm = { backend: 'slurm', partition: 'gpu', gpusPerNode: 4 }

  test('is told what it serves, under which name and at which port', () => {
    for (const backend of ['command', 'job']) {
      const cluster = backend === 'job' ? { cluster: slurm } : {}
      expect(problemsOf({ serving: { backend, ...cluster, command } })).toEqual([])
      expect(problemsOf({ serving: { backend, ...cluster, command: command.slice(0, -1) } })).toMatchObject([
        { path: 'serving.command', message: expect.stringContaining('{port}') },
      ])
    }
  })

  test('in a job does not listen on loopback', () => {
    const serving = { backend: 'job', cluster: slurm, command: [...command, '--host', '127.0.0.1'] }
    expect(problemsOf({ serving })).toMatchObject([
      { path: 'serving.command', remedy: expect.stringContaining('--host 0.0.0.0') },
    ])
  })

  test('in a job asks for what a job of its cluster may ask for, and for nothing of a training', () => {
    const job = (cluster: object) => problemsOf({ serving: { backend: 'job', cluster, command } })
    expect(job({ ...slurm, maxAttempts: 3 })).toMatchObject([{ path: 'serving.cluster.maxAttempts' }])
    expect(job({ backend: 'local' })).toMatchObject([{ path: 'serving.cluster.backend' }])
    expect(job({ backend: 'kubernetes', image: 'vllm', runsDirectory: '/shared/runs' })).toMatchObject([
      { path: 'serving.cluster.runsDirectory', message: 'is in none of serving.cluster.volumes: there are none' },
    ])
  })
})

test('weights are replaced on two servers at least, one for the incumbent and one for the candidate', () => {
  const serving = (...urls: string[]) => problemsOf({ serving: { backend: 'vllm-in-place', urls } })
  expect(serving('http://one:80', 'http://two:80')).toEqual([])
  expect(serving('http://one:80')).toMatchObject([{ path: 'serving.urls', message: 'must have at least 2 entries' }])
})
