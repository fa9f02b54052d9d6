import { describe, expect, test } from '@jest/globals'
import { control, performance, scaling } from './scaling-metrics.ts'

/** The rows of tables 12 to 14 of s1 (arXiv 2501.19393v3), on AIME24: average thinking tokens and correct answers of 30. */
const rows = {
  TCC: { tokens: [7939, 7158, 8263, 7108, 7500], correct: [8, 9, 10, 10, 12] },
  'TCC+BF': { tokens: [1024, 2048, 4031, 5664, 6330], correct: [1, 9, 10, 10, 12] },
  SCC: { tokens: [7252, 6277, 5396, 5552, 7551], correct: [10, 7, 10, 11, 10] },
  'SCC+BF': { tokens: [1517, 2963, 4636, 5409, 7551], correct: [7, 7, 10, 11, 10] },
  CCC: { tokens: [8033, 9651], correct: [9, 11] },
}
const runs = ({ tokens, correct }: { tokens: number[]; correct: number[] }) =>
  tokens.map((each, at) => ({ tokens: each, accuracy: ((correct[at] ?? 0) / 30) * 100 }))

describe('the figures of table 3 of s1', () => {
  test.each([
    ['TCC', -23.7672],
    ['TCC+BF', 13.1584],
    ['SCC', 2.929],
    ['SCC+BF', 6.4099],
    ['CCC', 25.182],
  ] as const)('the scaling of %s is %f points a doubling', (method, expected) =>
    expect(scaling(runs(rows[method]))).toBeCloseTo(expected, 4),
  )

  const tokenLimits = [1024, 2048, 4096, 8192, 16384]
  const stepLimits = [1600, 3200, 6400, 12800, 25600]
  test.each([
    ['TCC', tokenLimits, 0.4],
    ['TCC+BF', tokenLimits, 1],
    ['SCC', stepLimits, 0.6],
    ['SCC+BF', stepLimits, 1],
  ] as const)('the control of %s', (method, limits, expected) =>
    expect(control(rows[method].tokens.map((tokens, at) => ({ tokens, max: limits[at] ?? 0 })))).toBeCloseTo(
      expected,
      12,
    ),
  )

  test('the control of CCC: short must stay below the usual length, long above', () =>
    expect(
      control([
        { tokens: 8033, max: 6108 },
        { tokens: 9651, min: 6110 },
      ]),
    ).toBe(0.5))

  test.each([
    ['TCC', 40],
    ['SCC+BF', 36.7],
  ] as const)('the performance of %s', (method, expected) =>
    expect(performance(runs(rows[method]))).toBeCloseTo(expected, 1),
  )
})

test('slopes can be taken against raw tokens', () =>
  expect(
    scaling(
      [
        { tokens: 1000, accuracy: 10 },
        { tokens: 3000, accuracy: 30 },
      ],
      'raw',
    ),
  ).toBeCloseTo(0.01, 12))
test('runs of the same length have no slope', () =>
  expect(
    scaling([
      { tokens: 8, accuracy: 1 },
      { tokens: 8, accuracy: 2 },
      { tokens: 16, accuracy: 3 },
    ]),
  ).toBe(1.5))
test('a single run does not scale', () => expect(scaling([{ tokens: 8, accuracy: 1 }])).toBeNaN())
