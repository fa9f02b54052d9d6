import { describe, expect, test } from '@jest/globals'
import type { FileScore } from './file-score.ts'
import { missedThresholds } from './thresholds.ts'

const score = (agree: number, rows = 1000): FileScore => ({
  rows,
  agree,
  falsePositives: 0,
  falseNegatives: rows - agree,
  undecided: 0,
  wallMs: 1,
  cpuMs: 1,
  p50Ms: 1,
  p99Ms: 1,
  maxMs: 1,
})
const fast = { speed: { wallRatio: 50, cpuRatio: 50 }, worstMs: 50 }

describe('the thresholds of verification', () => {
  test.each([
    ['are met at their very edge', 'gsm8k_tora', 995, 995, fast, []],
    ['name a file below 99.5 %', 'gsm8k_tora', 994, 994, fast, [/^gsm8k_tora: .*99\.40 %/]],
    ['ask of other files only what Math-Verify reaches', 'processbench', 900, 900, fast, []],
    [
      'name a file on which Math-Verify agrees more often',
      'processbench',
      999,
      1000,
      fast,
      [/^processbench: .*999.*1000/],
    ],
    [
      'name the clock by which it is too slow',
      'processbench',
      1000,
      1000,
      { ...fast, speed: { wallRatio: 49.9, cpuRatio: 60 } },
      [/^wallRatio 49\.9/],
    ],
    ['do not judge a speed that was not measured', 'processbench', 1000, 1000, { ...fast, speed: null }, []],
    [
      'name a row that takes too long',
      'processbench',
      1000,
      1000,
      { ...fast, worstMs: 50.1 },
      [/slowest row takes 50\.1 ms/],
    ],
  ])('%s', (_title, file, ours, theirs, measured, missed) => {
    const said = missedThresholds([{ file, ratchet: score(ours), mathVerify: score(theirs) }], measured)
    expect(said).toEqual(missed.map((pattern) => expect.stringMatching(pattern)))
  })
})
