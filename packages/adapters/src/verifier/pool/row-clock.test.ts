import { expect, test } from '@jest/globals'
import { createRowClock } from './row-clock.ts'

/** Looks every 50 ms at row 1 and gives what was said, with when. The deadline is 200 ms. */
function watch(used: (ms: number) => { ranMs: number; waitedMs: number } | null, row: (ms: number) => number | null) {
  const clock = createRowClock(200, 50)
  for (let ms = 0; ms <= 5000; ms += 50) {
    const why = clock.look(row(ms), used(ms), ms)
    if (why !== null) return { ms, why }
  }
  return null
}

test('a row that runs all the time is over at the deadline', () => {
  const over = watch(
    (ms) => ({ ranMs: 7000 + ms, waitedMs: 3 }),
    () => 1,
  )
  expect(over).toEqual({ ms: 200, why: 'the comparison took longer than 200 ms of a processor and was ended' })
})

test('the time without a processor does not count', () => {
  const over = watch(
    (ms) => ({ ranMs: ms / 10, waitedMs: ms * 0.9 }),
    () => 1,
  )
  expect(over?.ms).toBe(2000)
})

test('a row that stands still is over after ten times the deadline', () => {
  const over = watch(
    () => ({ ranMs: 5, waitedMs: 0 }),
    () => 1,
  )
  expect(over).toEqual({ ms: 2000, why: 'the comparison stood still for 2000 ms and was ended' })
})

test('every row begins anew, and there is no deadline between rows', () => {
  const run = (ms: number) => ({ ranMs: ms, waitedMs: 0 })
  expect(watch(run, (ms) => Math.floor(ms / 150))).toBeNull()
  expect(watch(run, () => null)).toBeNull()
})

test('where the processor time is not known the time between looks counts, a late look as two', () => {
  const known = watch(
    () => null,
    () => 1,
  )
  expect(known).toEqual({ ms: 200, why: 'the comparison took longer than 200 ms and was ended' })
  const clock = createRowClock(200, 50)
  expect([0, 60_000, 120_000].map((ms) => clock.look(1, null, ms))).toEqual([null, null, expect.any(String)])
})
