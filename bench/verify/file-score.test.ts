import { expect, test } from '@jest/globals'
import { scoreFile } from './file-score.ts'
import type { MeasuredVerdict } from './measured-verdict.ts'

const row = (label: boolean) => ({ file: 'made', id: '1', key: '1', gold: '1', response: '1', label })
const verdict = (decision: MeasuredVerdict['decision'], ms: number) => ({
  decision,
  reason: 'made',
  extracted: null,
  ms,
})

test('a verdict agrees with its label, is a false positive, a false negative or undecided', () => {
  const judged = [
    [row(true), verdict('correct', 1)],
    [row(false), verdict('incorrect', 2)],
    [row(false), verdict('correct', 3)],
    [row(true), verdict('incorrect', 4)],
    [row(true), verdict('undecided', 5)],
    [row(false), verdict('undecided', 6)],
  ] as const
  expect(scoreFile(judged, { wallMs: 20, cpuMs: 30 })).toEqual({
    rows: 6,
    agree: 2,
    falsePositives: 1,
    falseNegatives: 1,
    undecided: 2,
    wallMs: 20,
    cpuMs: 30,
    p50Ms: 4,
    p99Ms: 6,
    maxMs: 6,
  })
})
