import { setImmediate as turn } from 'node:timers/promises'
import { expect, test } from '@jest/globals'
import { mapBounded } from './map-bounded.ts'

const items = Array.from({ length: 50 }, (_, at) => at)

test('items are mapped in their order, never more at once than allowed', async () => {
  let now = 0
  let most = 0
  const mapped = await mapBounded(items, 4, async (item) => {
    now += 1
    most = Math.max(most, now)
    for (let turns = item % 3; turns >= 0; turns -= 1) await turn()
    now -= 1
    return item * 2
  })
  expect(mapped).toEqual(items.map((item) => item * 2))
  expect(most).toBe(4)
})

test('the first failure is thrown, and nothing more is begun', async () => {
  let begun = 0
  const mapping = mapBounded(items, 4, async (item) => {
    begun += 1
    await turn()
    if (item === 2) throw new Error('broken')
  })
  await expect(mapping).rejects.toThrow('broken')
  await turn()
  expect(begun).toBeLessThanOrEqual(8)
})

test('nothing comes to nothing', async () => {
  expect(await mapBounded([], 4, async () => 1)).toEqual([])
})
