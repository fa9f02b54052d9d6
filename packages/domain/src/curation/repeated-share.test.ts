import { expect, test } from '@jest/globals'
import { repeatedShare } from './repeated-share.ts'

/** The same, said plainly. */
function naive(text: string, n: number): number {
  const words = text.split(/\s+/).filter((word) => word !== '')
  const grams = words.slice(0, Math.max(0, words.length - n + 1)).map((_, at) => words.slice(at, at + n).join(' '))
  return grams.length === 0 ? 0 : 1 - new Set(grams).size / grams.length
}

test('agrees with counting the n-grams one by one, for every n', () => {
  let state = 1
  const next = () => {
    state = (state * 48271) % 2147483647
    return state
  }
  for (let n = 1; n <= 20; n++) {
    const text = Array.from({ length: 120 }, () => 'abc'[next() % 3]).join(' ') + ' x y'.repeat(next() % 40)
    expect(repeatedShare(text, n)).toBeCloseTo(naive(text, n), 12)
  }
})

test('a megabyte takes less than a few seconds at any n', () => {
  const text = 'the same old words again and again '.repeat(30_000)
  const started = performance.now()
  expect(repeatedShare(text, 64)).toBeGreaterThan(0.99)
  expect(performance.now() - started).toBeLessThan(5000)
})
