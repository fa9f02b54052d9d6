import { beforeAll, describe, expect, test } from '@jest/globals'
import { recurate } from './recurate.ts'
import { startIteration } from './start-iteration.ts'
import { startWorker, untilEnded } from './testing/memory-worker.ts'
import { createMemoryWorld, type MemoryWorld } from './testing/memory-world.ts'
import { sumsRecipe } from './testing/sums-recipe.ts'

const roundId = 'it-1-r1'
const own = { rules: [{ rule: 'correct' }, { rule: 'format' }] }

describe('curating again', () => {
  let memory: MemoryWorld
  beforeAll(async () => {
    memory = await createMemoryWorld()
    await startIteration(memory.world, sumsRecipe({ curate: own }), { idempotencyKey: null })
    const worker = await startWorker(memory.world)
    await untilEnded(memory, 'it-1')
    worker.stop()
  })

  const again = async (rules: unknown) => {
    const outcome = await recurate(memory.world, roundId, rules)
    if (!('versions' in outcome)) throw new Error(JSON.stringify(outcome))
    return outcome
  }

  test('asks no model, and the same rules give the same versions, byte for byte', async () => {
    const calls = memory.inference.calls.length
    const rules = { pool: 'this-round', rules: [{ rule: 'correct' }, { rule: 'quota', keep: 1 }], preference: {} }
    const first = await again(rules)
    const keys = []
    for (const { prefix } of first.versions)
      for await (const key of memory.objects.list(prefix))
        keys.push(`${key} ${Buffer.from(await memory.objects.get(key)).toString('base64')}`)
    const second = await again(rules)
    expect(second).toEqual(first)
    const after = []
    for (const { prefix } of second.versions)
      for await (const key of memory.objects.list(prefix))
        after.push(`${key} ${Buffer.from(await memory.objects.get(key)).toString('base64')}`)
    expect(after).toEqual(keys)
    expect(first.versions.map(({ kind }) => kind)).toEqual(['sft', 'preference'])
    expect(memory.inference.calls).toHaveLength(calls)
    expect(memory.jobs).toHaveLength(2)
  })

  test("the round's own rules give the round's own version", async () => {
    const recorded = (await memory.world.datasets.list({ roundId })).at(-1)
    const { versions } = await again(own)
    expect(versions[0]?.id).toBe(recorded?.id)
    expect(versions[0]).toMatchObject({ manifest: { rows: recorded?.manifest.rows } })
  })

  test('other rules give another version beside the first, and decisions of their own', async () => {
    const strict = await again({ rules: [{ rule: 'correct' }, { rule: 'length', minTokens: 500 }] })
    expect(strict.versions[0]?.manifest).toMatchObject({
      rows: 0,
      funnel: expect.arrayContaining([{ rule: 'length', before: expect.any(Number), after: 0 }]),
    })
    const [one] = await memory.world.trajectories.list({ roundIds: [roundId], purpose: 'explore', decision: 'correct' })
    const decisions = await memory.world.trajectories.decisions(one?.id ?? '')
    expect(decisions.find(({ curationId }) => curationId === 'recipe')).toMatchObject({ kept: true })
    expect(decisions.find(({ curationId }) => curationId === strict.curationId)).toMatchObject({
      kept: false,
      rule: 'length',
    })
  })

  test('is refused for rules that are wrong, a round that is not there and one that is not scored yet', async () => {
    expect(await recurate(memory.world, roundId, { rules: [{ rule: 'corect' }] })).toMatchObject({
      ok: false,
      problems: [{ path: expect.stringContaining('rules.0') }],
    })
    expect(await recurate(memory.world, 'none', own)).toEqual({ ok: false, notFound: true })
    await startIteration(memory.world, sumsRecipe(), { idempotencyKey: null })
    expect(await recurate(memory.world, 'it-2-r0', own)).toMatchObject({
      ok: false,
      problems: [{ message: 'round 0 has no scored trajectories yet: it is in state waiting' }],
    })
  })
})
