import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { type DemonstrationStore, InvalidImport } from '../demonstration-store.ts'
import type { ProblemStore } from '../problem-store.ts'
import { problemOf } from './problem-store-contract.ts'

/** The store under test and the problems that its demonstrations solve. */
export type DemonstrationStoreUnderTest = {
  readonly demonstrations: DemonstrationStore
  readonly problems: ProblemStore
  close(): Promise<void>
}

/** What every DemonstrationStore promises. */
export function describeDemonstrationStore(name: string, make: () => Promise<DemonstrationStoreUnderTest>): void {
  describe(`${name} as a DemonstrationStore`, () => {
    let world: DemonstrationStoreUnderTest
    let store: DemonstrationStore
    let problemSetId = ''
    beforeAll(async () => {
      world = await make()
      store = world.demonstrations
      problemSetId = (await world.problems.create('to be solved', [problemOf('p'), problemOf('q')])).id
    })
    afterAll(() => world.close())

    const rows = [
      { problemId: 'q', text: '<think>two</think>2' },
      { problemId: 'p', text: 'naïve 😀\r\n' },
      { problemId: 'q', text: '' },
    ]

    test('gives demonstrations back as they were imported, in order and in pages', async () => {
      const set = await store.create('solutions', problemSetId, rows)
      expect(set).toEqual({ id: set.id, name: 'solutions', problemSetId, count: 3 })
      expect(await store.demonstrations(set.id)).toEqual(rows)
      expect(await store.demonstrations(set.id, { offset: 1, limit: 5 })).toEqual(rows.slice(1))
      expect(await store.demonstrations('none')).toEqual([])
    })

    test('names a set by the hash of its problem set and content', async () => {
      const { id } = await store.create('hashed', problemSetId, rows)
      expect(id).toBe('dm_b267e9efb2bb75a9')
      expect((await store.create('again', problemSetId, rows)).id).toBe(id)
      expect((await store.create('hashed', problemSetId, rows.toReversed())).id).not.toBe(id)
    })

    test('finds a set by its id, or the one that a name was last given to', async () => {
      const first = await store.create('moving', problemSetId, [{ problemId: 'p', text: 'first' }])
      const second = await store.create('moving', problemSetId, [{ problemId: 'p', text: 'second' }])
      expect(await store.find('moving')).toEqual(second)
      await store.create('moving', problemSetId, [{ problemId: 'p', text: 'first' }])
      expect(await store.find('moving')).toEqual(first)
      expect(await store.find(second.id)).toEqual(second)
      expect(await store.find('none')).toBeNull()
    })

    test('lists the newest set first', async () => {
      const ids = []
      for (const text of ['a', 'b', 'c']) {
        ids.unshift((await store.create(`list-${text}`, problemSetId, [{ problemId: 'p', text }])).id)
        await new Promise((resolve) => setTimeout(resolve, 3))
      }
      const listed = (await store.list()).filter((set) => set.name.startsWith('list-'))
      expect(listed.map(({ id }) => id)).toEqual(ids)
    })

    test('refuses demonstrations of problems that the set lacks and of a set that does not exist, and stores none', async () => {
      const unknown = store.create('unknown', problemSetId, [...rows, { problemId: 'r', text: '' }])
      await expect(unknown).rejects.toThrow('has no problem r')
      await expect(unknown).rejects.toBeInstanceOf(InvalidImport)
      await expect(store.create('unknown', 'none', rows)).rejects.toThrow('no problem set none')
      expect(await store.find('unknown')).toBeNull()
    })
  })
}
