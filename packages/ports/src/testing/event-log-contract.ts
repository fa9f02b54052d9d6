import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import type { RoundEvent } from '../round-store.ts'
import { newIteration } from './new-iteration.ts'
import type { RoundStoresUnderTest } from './round-store-contract.ts'

/** What every EventLog promises. */
export function describeEventLog(name: string, make: () => Promise<RoundStoresUnderTest>): void {
  describe(`${name} as an EventLog`, () => {
    let stores: RoundStoresUnderTest
    beforeAll(async () => {
      stores = await make()
      for (const id of ['one', 'two', 'busy', 'other']) {
        await stores.rounds.createIteration(newIteration(id, stores.problemSetId))
      }
    })
    afterAll(() => stores.close())

    const event = (iterationId: string, n: number) => ({ iterationId, roundId: null, kind: 'test.event', body: { n } })

    test('gives back the events of one iteration in the order in which they were appended, in pages', async () => {
      await stores.events.append([event('one', 1), event('two', 2), event('one', 3)])
      await stores.events.append([event('one', 4)])
      const [first, ...rest] = await stores.events.read('one', 0, 2)
      expect([first, ...rest].map((read) => read?.body)).toEqual([{ n: 1 }, { n: 3 }])
      const later = await stores.events.read('one', rest[0]?.seq ?? 0, 10)
      expect(later).toMatchObject([{ iterationId: 'one', roundId: null, kind: 'test.event', body: { n: 4 } }])
      expect(later[0]?.at).toBeInstanceOf(Date)
      expect(await stores.events.read('two', 0, 10)).toHaveLength(1)
      await stores.events.append([])
    })

    test('never lets a reader that polls miss an event, however many append at once', async () => {
      const total = 200
      let writing = true
      const seen: RoundEvent[] = []
      const poll = async () => {
        const next = await stores.events.read('busy', seen.at(-1)?.seq ?? 0, 1000)
        seen.push(...next)
        return next.length
      }
      const reading = (async () => {
        while (writing) {
          await poll()
          await new Promise((resolve) => setImmediate(resolve))
        }
        while ((await poll()) > 0);
      })()
      await Promise.all(
        Array.from({ length: total / 2 }, (_, n) =>
          stores.events.append([event('busy', 2 * n), event('other', n), event('busy', 2 * n + 1)]),
        ),
      )
      writing = false
      await reading
      expect(new Set(seen.map(({ body }) => body['n'])).size).toBe(total)
      expect(seen).toHaveLength(total)
    })
  })
}
