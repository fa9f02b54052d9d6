import { describe, expect, test } from '@jest/globals'
import { clusteredShare, wilson } from './confidence.ts'
import { studentT975 } from './student-t.ts'

test.each([
  [15, 148, 0.0624, 0.1605],
  [81, 263, 0.2553, 0.3662],
  [0, 20, 0, 0.1611],
  [1, 29, 0.0061, 0.1718],
])('the Wilson interval of %i in %i is the published one', (successes, n, low, high) => {
  const interval = wilson(successes, n)
  expect(interval.low).toBeCloseTo(low, 4)
  expect(interval.high).toBeCloseTo(high, 4)
})

test.each([
  [1, 12.7062],
  [5, 2.5706],
  [6, 2.4469],
  [10, 2.2281],
  [29, 2.0452],
  [1000, 1.9623],
])('the t quantile at %i degrees of freedom is the tabulated one', (degrees, expected) =>
  expect(studentT975(degrees)).toBeCloseTo(expected, 3),
)

describe('the interval of several attempts a problem', () => {
  const spread = (samples: number, ...correct: number[]) => correct.map((each) => ({ samples, correct: each }))

  test('is that of Wilson for one attempt a problem', () =>
    expect(clusteredShare(spread(1, 1, 0, 0, 1))).toEqual(wilson(2, 4)))

  test('has the mean of the problems as its value', () =>
    expect(
      clusteredShare([
        { samples: 2, correct: 2 },
        { samples: 8, correct: 4 },
      ]).value,
    ).toBe(0.75))

  test('is as wide as one attempt a problem when attempts only repeat each other', () => {
    const all = Array.from({ length: 100 }, (_, at) => (at < 50 ? 1 : 0))
    const once = clusteredShare(spread(1, ...all))
    const often = clusteredShare(spread(16, ...all.map((each) => each * 16)))
    expect(often.high - often.low).toBeCloseTo(once.high - once.low, 2)
  })

  test('is narrower when attempts at a problem differ', () => {
    const alike = clusteredShare(spread(16, ...Array.from({ length: 50 }, (_, at) => (at % 2) * 16)))
    const mixed = clusteredShare(spread(16, ...Array.from({ length: 50 }, (_, at) => 6 + (at % 5))))
    expect(mixed.high - mixed.low).toBeLessThan((alike.high - alike.low) / 2)
  })

  test.each([
    ['all correct', [4, 4, 4]],
    ['none correct', [0, 0, 0]],
    ['all the same', [2, 2, 2]],
  ])('keeps a width when problems do not differ: %s', (_title, correct) => {
    const { low, high } = clusteredShare(spread(4, ...correct))
    expect(high - low).toBeGreaterThan(0.3)
    expect(low).toBeGreaterThanOrEqual(0)
    expect(high).toBeLessThanOrEqual(1)
  })

  test('is everything for no problems', () => expect(clusteredShare([])).toEqual({ value: 0, low: 0, high: 1 }))
})
