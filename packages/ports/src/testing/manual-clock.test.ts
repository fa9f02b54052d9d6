import { expect, test } from '@jest/globals'
import { createManualClock } from './manual-clock.ts'

test('a sleeper wakes when its time has come, the earliest first', async () => {
  const clock = createManualClock()
  const woken: string[] = []
  const sleeps = [
    clock.sleep(200).then(() => woken.push('late')),
    clock.sleep(100).then(() => woken.push('early')),
    clock.sleep(5000).then(() => woken.push('never')),
  ]
  clock.pass(300)
  await Promise.all(sleeps.slice(0, 2))
  expect(woken).toEqual(['early', 'late'])
})

test('the next move is to the earliest sleeper, and there is none when nobody sleeps', async () => {
  const clock = createManualClock('2026-01-01T00:00:00Z')
  const sleep = clock.sleep(1500)
  expect(clock.next()).toBe(true)
  await sleep
  expect(clock.now().toISOString()).toBe('2026-01-01T00:00:01.500Z')
  expect(clock.next()).toBe(false)
})

test('a sleep that is aborted, or was before it began, rejects with the reason', async () => {
  const clock = createManualClock()
  const abort = new AbortController()
  const sleep = clock.sleep(100, abort.signal)
  abort.abort(new Error('enough'))
  await expect(sleep).rejects.toThrow('enough')
  await expect(clock.sleep(100, abort.signal)).rejects.toThrow('enough')
  expect(clock.next()).toBe(false)
})
