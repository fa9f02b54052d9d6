import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import type { Problem } from '@ratchet/domain/problem.ts'
import { PortError } from '../port-error.ts'
import type { ProblemStore } from '../problem-store.ts'

export type ProblemStoreUnderTest = { readonly problems: ProblemStore; close(): Promise<void> }

/** A problem whose prompt names it, with differences. */
export function problemOf(id: string, difference: Partial<Problem> = {}): Problem {
  return { id, prompt: `prompt of ${id}`, verification: { kind: 'exact', gold: ['1', 'one'] }, ...difference }
}

/** What every ProblemStore promises. */
export function describeProblemStore(name: string, make: () => Promise<ProblemStoreUnderTest>): void {
  describe(`${name} as a ProblemStore`, () => {
    let world: ProblemStoreUnderTest
    let store: ProblemStore
    beforeAll(async () => {
      world = await make()
      store = world.problems
    })
    afterAll(() => world.close())

    test('gives problems back as they were uploaded, in order and in pages', async () => {
      const problems = [problemOf('z'), problemOf('a', { domain: 'algebra', difficulty: 0.5 }), problemOf('m')]
      const set = await store.create('ordered', problems)
      expect(set).toEqual({ id: set.id, name: 'ordered', count: 3 })
      expect(await store.problems(set.id)).toEqual(problems)
      expect(await store.problems(set.id, { offset: 1, limit: 1 })).toEqual([problems[1]])
      expect(await store.problems(set.id, { offset: 2, limit: 5 })).toEqual([problems[2]])
      expect(await store.problems('none')).toEqual([])
    })

    test('gives the problems of some ids in the order of their upload, and nothing for an unknown id', async () => {
      const problems = ['c', 'b', 'a'].map((id) => problemOf(id))
      const { id } = await store.create('by id', problems)
      expect(await store.byId(id, ['a', 'none', 'c'])).toEqual([problems[0], problems[2]])
      expect(await store.byId(id, [])).toEqual([])
      expect(await store.byId('none', ['a'])).toEqual([])
    })

    test('tells which kinds of verification a set asks for', async () => {
      const judged = problemOf('j', { verification: { kind: 'judge', gold: ['because'] } })
      const { id } = await store.create('kinds', [judged, problemOf('a'), problemOf('b')])
      expect(await store.kinds(id)).toEqual(['exact', 'judge'])
      expect(await store.kinds('none')).toEqual([])
    })

    test('names a set by the hash of its content, whatever the order of the keys', async () => {
      const [first, second] = [problemOf('one', { domain: 'sums' }), problemOf('two')]
      const { id } = await store.create('hashed', [first, second])
      expect(id).toBe('ps_c456e32ff341151a')
      const { prompt, ...rest } = first
      expect((await store.create('hashed', [{ prompt, ...rest }, second])).id).toBe(id)
      expect((await store.create('hashed', [second, first])).id).not.toBe(id)
    })

    test('tells sets apart that differ only in how answers are decided, and gives it back', async () => {
      const verifications: Problem['verification'][] = [
        { kind: 'math', gold: ['1'] },
        { kind: 'math', gold: ['1'], options: { decimals: 2, extract: ['boxed'] } },
        { kind: 'choice', gold: ['A'], choices: ['1', '2'] },
        { kind: 'choice', gold: ['A'], choices: ['2', '1'] },
        { kind: 'judge', gold: ['1'] },
      ]
      const ids = new Set<string>()
      for (const verification of verifications) {
        const { id } = await store.create('decided', [problemOf('one', { verification })])
        ids.add(id)
        expect((await store.problems(id))[0]?.verification).toEqual(verification)
      }
      expect(ids.size).toBe(verifications.length)
    })

    test('is the same set for the same problems, also under another name or when many upload at once', async () => {
      const first = [problemOf('same')]
      const made = await Promise.all([0, 1, 2, 3].map((n) => store.create(`name-${n % 2}`, first)))
      expect(new Set(made.map(({ id }) => id)).size).toBe(1)
      expect((await store.list()).filter(({ id }) => id === made[0]?.id)).toHaveLength(1)
      expect((await store.find('name-0'))?.id).toBe(made[0]?.id)
      expect((await store.find('name-1'))?.name).toBe('name-1')
    })

    test('finds a set by its id, or the one that a name was last given to', async () => {
      const [old, young] = [[problemOf('old')], [problemOf('young')]]
      const first = await store.create('moving', old)
      const second = await store.create('moving', young)
      expect(await store.find('moving')).toEqual(second)
      await store.create('moving', old)
      expect(await store.find('moving')).toEqual(first)
      expect(await store.find(second.id)).toEqual(second)
      expect(await store.find('none')).toBeNull()
    })

    test('lists the newest set first', async () => {
      const ids = []
      for (const name of ['list-a', 'list-b', 'list-c']) {
        ids.unshift((await store.create(name, [problemOf(name)])).id)
        await new Promise((resolve) => setTimeout(resolve, 3))
      }
      expect((await store.list()).filter(({ name }) => name.startsWith('list-')).map(({ id }) => id)).toEqual(ids)
    })

    test('refuses problem ids that occur twice, naming them, and stores nothing', async () => {
      const twice = store.create('twice', [problemOf('a'), problemOf('b'), problemOf('a')])
      await expect(twice).rejects.toThrow('more than once: a')
      await expect(twice).rejects.toBeInstanceOf(PortError)
      expect(await store.find('twice')).toBeNull()
    })
  })
}
