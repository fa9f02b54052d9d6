import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import type { Problem } from '@ratchet/domain/problem.ts'
import { createDemonstrationStore } from './demonstration-store.ts'
import { createProblemStore } from './problem-store.ts'
import { createPostgresWorld, type PostgresWorld } from './testing/postgres-world.ts'

const problem = (id: string, more: Partial<Problem> = {}): Problem => ({
  id,
  prompt: `prompt of ${id}`,
  verification: { kind: 'exact', gold: ['1', 'one'] },
  ...more,
})

describe('problem and demonstration sets', () => {
  let world: PostgresWorld
  beforeAll(async () => {
    world = await createPostgresWorld()
  })
  afterAll(() => world.close())

  test('give problems back as they were uploaded, in order and in pages', async () => {
    const store = createProblemStore(world.pool)
    const problems = [problem('z'), problem('a', { domain: 'algebra', difficulty: 0.5 }), problem('m')]
    const set = await store.create('ordered', problems)
    expect(set).toMatchObject({ name: 'ordered', count: 3 })
    expect(set.id).toMatch(/^ps_[0-9a-f]{16}$/)
    expect(await store.problems(set.id)).toEqual(problems)
    expect(await store.problems(set.id, { offset: 1, limit: 1 })).toEqual([problems[1]])
    expect(await store.byId(set.id, ['m', 'z', 'none'])).toEqual([problems[0], problems[2]])
  })

  test('are the same set for the same problems, also under another name or when many upload at once', async () => {
    const store = createProblemStore(world.pool)
    const first = [problem('same')]
    const made = await Promise.all([0, 1, 2, 3].map((n) => store.create(`name-${n % 2}`, first)))
    expect(new Set(made.map(({ id }) => id)).size).toBe(1)
    const other = await store.create('name-1', [problem('other')])
    expect((await store.find('name-0'))?.id).toBe(made[0]?.id)
    expect(await store.find('name-1')).toEqual(other)
    await store.create('name-1', first)
    expect((await store.find('name-1'))?.id).toBe(made[0]?.id)
    expect((await store.find(other.id))?.count).toBe(1)
    expect(await store.find('none')).toBeNull()
  })

  test('refuse problem ids that occur twice, naming them', async () => {
    const store = createProblemStore(world.pool)
    const twice = store.create('twice', [problem('a'), problem('b'), problem('a')])
    await expect(twice).rejects.toThrow('more than once: a')
  })

  test('hold demonstrations of known problems only', async () => {
    const store = createDemonstrationStore(world.pool)
    const rows = [
      { problemId: 'p', text: 'two' },
      { problemId: 'p', text: '2' },
    ]
    const set = await store.create('solutions', world.problemSetId, rows)
    expect(await store.find('solutions')).toEqual(set)
    expect(await store.demonstrations(set.id)).toEqual(rows)
    expect(await store.demonstrations(set.id, { offset: 1, limit: 5 })).toEqual([rows[1]])
    const unknown = store.create('unknown', world.problemSetId, [{ problemId: 'q', text: '' }])
    await expect(unknown).rejects.toThrow('has no problem q')
    await expect(store.create('unknown', 'none', rows)).rejects.toThrow('no problem set none')
  })
})
