import { expect, test } from '@jest/globals'
import { ConcurrencyControl } from './concurrency-control.ts'

test('starts at the most that is allowed and never exceeds it', () => {
  const control = new ConcurrencyControl(2)
  for (let answers = 0; answers < 10; answers += 1) control.answered()
  expect(control.limit).toBe(2)
})

test('a burst of refusals halves the limit once', () => {
  const control = new ConcurrencyControl(16)
  for (let refusals = 0; refusals < 10; refusals += 1) control.refused(refusals)
  expect(control.limit).toBe(8)
})

test('grows by one for each full window of answers', () => {
  const control = new ConcurrencyControl(8)
  control.refused(0)
  for (let answers = 0; answers < 4 + 5; answers += 1) control.answered()
  expect(control.limit).toBe(6)
})

test('never falls below one', () => {
  const control = new ConcurrencyControl(2)
  for (let second = 0; second < 5; second += 1) control.refused(second * 1000)
  expect(control.limit).toBe(1)
})
