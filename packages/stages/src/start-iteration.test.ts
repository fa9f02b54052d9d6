import { beforeEach, describe, expect, test } from '@jest/globals'
import { PortError } from '@ratchet/ports/port-error.ts'
import type { ServerOutline } from '@ratchet/ports/serving.ts'
import { memoryEndpoint } from '@ratchet/ports/testing/memory-inference.ts'
import { dryRun } from './dry-run.ts'
import { startIteration } from './start-iteration.ts'
import { createMemoryWorld, type MemoryWorld } from './testing/memory-world.ts'
import { sums } from './testing/sums.ts'
import { serverInJob, sumsRecipe } from './testing/sums-recipe.ts'

let memory: MemoryWorld
beforeEach(async () => {
  memory = await createMemoryWorld()
})
const start = (recipe: unknown, idempotencyKey: string | null = null) =>
  startIteration(memory.world, recipe, { idempotencyKey })
const pathsOf = (outcome: Awaited<ReturnType<typeof start>>) =>
  outcome.ok ? [] : outcome.problems.map(({ path }) => path)
const benchmark = { name: 'held-out', problemSet: 'held-out' }

describe('starting an iteration', () => {
  test('creates its rounds and tells the queue of the first', async () => {
    const outcome = await start(sumsRecipe({ rounds: 2 }))
    expect(outcome).toMatchObject({ ok: true, created: true, iteration: { id: 'it-1', state: 'running' } })
    const rounds = await memory.world.rounds.rounds('it-1')
    expect(rounds.map(({ id, state }) => [id, state])).toEqual([
      ['it-1-r0', 'waiting'],
      ['it-1-r1', 'waiting'],
      ['it-1-r2', 'waiting'],
    ])
    expect([...memory.backlog.waiting.values()].map(({ message }) => message)).toEqual([
      { kind: 'advance-round', roundId: 'it-1-r0' },
    ])
  })

  test('gives the same iteration for the same idempotency key, and a new one for another', async () => {
    const outcomes = [await start(sumsRecipe(), 'a'), await start(sumsRecipe(), 'a'), await start(sumsRecipe(), 'b')]
    expect(outcomes.map((outcome) => outcome.ok && [outcome.iteration.id, outcome.created])).toEqual([
      ['it-1', true],
      ['it-1', false],
      ['it-3', true],
    ])
    expect(await memory.world.rounds.iterations()).toHaveLength(2)
  })

  test('keeps the problems that a name meant then, whoever is given the name later', async () => {
    const meant = await memory.world.problems.find('pool')
    await start(sumsRecipe({ imitate: { from: 'demonstrations', demonstrationSet: 'solutions' } }))
    await memory.world.problems.create('pool', sums('newer', 3))
    const iteration = await memory.world.rounds.iteration('it-1')
    const demonstrationSet = (await memory.world.demonstrations.find('solutions'))?.id
    expect(iteration?.problemSetId).toBe(meant?.id)
    expect(iteration?.recipe).toMatchObject({
      problems: meant?.id,
      imitate: { demonstrationSet },
      evaluate: { benchmarks: [{ problemSet: (await memory.world.problems.find('held-out'))?.id }] },
    })
  })

  test('needs a judge where a problem set has answers that a judge decides', async () => {
    const problems = [{ id: 'why', prompt: 'why?', verification: { kind: 'judge' as const, gold: ['because'] } }]
    await memory.world.problems.create('judged', problems)
    const outcome = await start(sumsRecipe({ problems: 'judged' }))
    expect(outcome).toMatchObject({ ok: false, problems: [{ path: 'verification.judge' }] })
    const judge = { model: 'judge', endpoints: [{ url: memoryEndpoint }] }
    expect(pathsOf(await start(sumsRecipe({ problems: 'judged', verification: { judge } })))).toEqual([])
  })

  test('tells five mistakes at once, and creates nothing', async () => {
    const outcome = await start(
      sumsRecipe({
        name: 'Not A Name',
        explore: { acept: 2 },
        rounds: -1,
        train: { sft: { learningRate: 0.001 } },
        evaluate: { benchmarks: [benchmark], gate: { margin: 3 } },
      }),
    )
    const five = ['evaluate.gate.margin', 'explore.acept', 'name', 'rounds', 'train.sft']
    expect(pathsOf(outcome).toSorted()).toEqual(five)
    expect(await memory.world.rounds.iterations()).toEqual([])
    expect(memory.backlog.waiting.size).toBe(0)
  })

  test('tells all names that nothing bears at once, each with its remedy', async () => {
    const outcome = await start(
      sumsRecipe({
        problems: 'nowhere',
        imitate: { from: 'demonstrations', demonstrationSet: 'nothing' },
        evaluate: { benchmarks: [benchmark, { name: 'other', problemSet: 'neither' }] },
      }),
    )
    expect(outcome).toMatchObject({
      ok: false,
      problems: [
        { path: 'problems', message: 'there is no problem set "nowhere"' },
        { path: 'evaluate.benchmarks.1.problemSet', message: 'there is no problem set "neither"' },
        { path: 'imitate.demonstrationSet', message: 'there is no demonstration set "nothing"' },
      ],
    })
    for (const { remedy } of outcome.ok ? [] : outcome.problems) expect(remedy).toContain('`ratchet import')
  })

  test('finds out that two names are of one set, so that a benchmark is not held out', async () => {
    await memory.world.problems.create('same as pool', sums('pool', 5))
    const recipe = sumsRecipe({ evaluate: { benchmarks: [{ ...benchmark, problemSet: 'same as pool' }] } })
    expect(pathsOf(await start(recipe))).toEqual(['evaluate.benchmarks.0.problemSet'])
    expect(await dryRun(memory.world, recipe)).toMatchObject({ ok: false })
  })
})

describe('a dry run', () => {
  test('shows the first prompt, bounds rollouts and tokens, asks no model and starts nothing', async () => {
    const outcome = await dryRun(
      memory.world,
      sumsRecipe({ prompt: { system: 'Add up.', user: 'What is {problem}?' } }),
    )
    // Two rounds of five problems at most four times and of four benchmark problems, 128 tokens each.
    const maxRollouts = 2 * (5 * 4 + 4)
    expect(outcome).toEqual({
      ok: true,
      rounds: 2,
      problemCount: 5,
      firstPrompt: [
        { role: 'system', content: 'Add up.' },
        { role: 'user', content: `What is ${sums('pool', 1)[0]?.prompt}?` },
      ],
      training: [{ submitted: 'train ROUND-ID', answer: { kind: 'takes' } }],
      servers: [],
      estimates: { maxRollouts, maxCompletionTokens: maxRollouts * 128 },
    })
    expect(memory.inference.calls).toEqual([])
    expect(await memory.world.rounds.iterations()).toEqual([])
  })

  test.each([
    [new PortError('no such partition', { retryable: false }), { kind: 'refuses', reason: 'no such partition' }],
    [new PortError('it is away', { retryable: true }), { kind: 'unknown', reason: 'it is away' }],
  ])('says what the cluster answers, and does not fail with it', async (error, answer) => {
    const refuse = () => {
      throw error
    }
    const { world } = await createMemoryWorld({ refuse })
    const training = [{ submitted: 'train ROUND-ID', answer }]
    expect(await dryRun(world, sumsRecipe())).toMatchObject({ ok: true, training })
    const cluster = refuse
    expect(await dryRun({ ...world, cluster }, sumsRecipe())).toMatchObject({
      training: [{ submitted: `cannot be shown here: ${error.message}`, answer: { kind: 'unknown' } }],
    })
  })

  test('shows the job of a server once, with what its cluster answers', async () => {
    const serving = await memory.world.serving(serverInJob)
    const jobs = {
      check: async ({ name }: ServerOutline) => {
        throw new PortError(`no room for ${name}`, { retryable: false })
      },
      preview: ({ name, path }: ServerOutline) => `serve ${name} from ${path}`,
    }
    const world = { ...memory.world, serving: async () => ({ ...serving, jobs }) }
    expect(await dryRun(world, sumsRecipe({ serving: serverInJob }))).toMatchObject({
      servers: [
        {
          submitted: 'serve sums-CHECKPOINT from /models/base',
          answer: { kind: 'refuses', reason: 'no room for sums-CHECKPOINT' },
        },
      ],
    })
  })

  test('counts no rollouts for imported demonstrations, and each round by its own cap', async () => {
    const outcome = await dryRun(
      memory.world,
      sumsRecipe({
        imitate: { from: 'demonstrations', demonstrationSet: 'solutions' },
        overrides: [{ rounds: [1], explore: { cap: 2 } }],
      }),
    )
    expect(outcome).toMatchObject({ ok: true, estimates: { maxRollouts: 4 + (5 * 2 + 4) } })
  })

  test('tells what is wrong with the recipe, and that a problem set is empty', async () => {
    expect(await dryRun(memory.world, sumsRecipe({ problems: 'nowhere' }))).toMatchObject({
      ok: false,
      problems: [{ path: 'problems' }],
    })
    await memory.world.problems.create('empty', [])
    expect(await dryRun(memory.world, sumsRecipe({ problems: 'empty' }))).toMatchObject({
      ok: false,
      problems: [{ path: 'problems', message: 'the problem set is empty' }],
    })
    const teacher = { model: 'teacher', endpoints: [{ url: memoryEndpoint }] }
    expect(await dryRun(memory.world, { imitate: { from: 'teacher', teacher } })).toMatchObject({ ok: false })
  })
})
