import { describe, expect, test } from '@jest/globals'
import { decideGate } from './promotion-gate.ts'
import { evaluationReport } from './report.ts'
import { signFlipTest } from './sign-flip-test.ts'

function report(correct: readonly number[], samples = 1) {
  const head = { iterationId: 'it', roundId: 'r', checkpointId: 'ck', benchmark: 'aime', problemSetId: 'ps', samples }
  return evaluationReport(
    head,
    correct.map((each, at) => ({
      problemId: `p${at}`,
      samples,
      correct: each,
      completionTokens: 1,
      truncated: 0,
      majorityCorrect: false,
    })),
  )
}
/** `counts[0]` problems with the value 0, `counts[1]` with 1, … */
const some = (...counts: number[]) => counts.flatMap((count, value) => Array.from({ length: count }, () => value))

describe('the gate', () => {
  test('accepts the first candidate and says so', () => {
    expect(decideGate(report(some(14, 16)), null, { margin: 0 })).toEqual({
      accepted: true,
      reason:
        'Accepted: there is no incumbent yet; pass@1 on aime is 53.3 % (95 % interval 36.1 to 69.8) over 30 problems.',
      difference: null,
      differenceLow: null,
      differenceHigh: null,
      pValue: null,
    })
  })

  test.each([
    ['accepts an equal candidate', 50, 50, 0, true],
    ['accepts a better candidate', 51, 50, 0, true],
    ['rejects a worse candidate', 49, 50, 0, false],
    ['accepts a loss of exactly the margin', 48, 50, 0.02, true],
    ['rejects a loss over the margin', 47, 50, 0.02, false],
  ] as const)('%s', (_title, candidate, incumbent, margin, accepted) => {
    const decision = decideGate(report(some(100 - candidate, candidate)), report(some(100 - incumbent, incumbent)), {
      margin,
    })
    expect(decision.accepted).toBe(accepted)
    expect(decision.reason.startsWith(accepted ? 'Accepted: ' : 'Rejected: ')).toBe(true)
  })

  test('explains itself with figures', () => {
    const incumbent = [...some(10, 10), 0, 0, 0, 0, 0, 0, 1]
    const candidate = [...some(10, 10), 1, 1, 1, 1, 1, 1, 0]
    const decision = decideGate(report(candidate), report(incumbent), { margin: 0 })
    expect(decision.reason).toBe(
      "Accepted: pass@1 on aime is 59.3 % against the incumbent's 40.7 %, a difference over 27 problems of +18.5 points (95 % interval -3.3 to +37.7, p = 0.13); no loss is allowed.",
    )
    expect(decision.pValue).toBeCloseTo(0.125, 12)
  })

  test('compares only the problems that both attempted', () => {
    const decision = decideGate(report([1, 1, 0]), report([1, 0]), { margin: 0 })
    expect(decision.difference).toBe(0.5)
  })

  test('refuses reports that share no problem', () => {
    expect(() => decideGate(report([1]), report([]), { margin: 0 })).toThrow('share no problem')
  })

  test('tells a small but steady gain over many attempts from noise', () => {
    const steady = decideGate(report(some(0, 0, 0, 0, 0, 30), 16), report(some(0, 0, 0, 0, 30), 16), { margin: 0 })
    expect(steady.pValue).toBeLessThan(1e-6)
    expect(steady.differenceLow).toBeGreaterThan(0.05)
    expect(steady.difference).toBeCloseTo(1 / 16, 12)
  })

  test('keeps the difference within its interval', () => {
    for (const samples of [1, 2, 16, 64])
      for (const gain of [0, 1, samples]) {
        const decision = decideGate(report(Array(10).fill(gain), samples), report(Array(10).fill(0), samples), {
          margin: 0,
        })
        expect(decision.differenceLow).toBeLessThanOrEqual(decision.difference ?? Number.NaN)
        expect(decision.differenceHigh).toBeGreaterThanOrEqual(decision.difference ?? Number.NaN)
      }
  })
})

describe('the sign-flip test', () => {
  test.each([
    ['no difference at all', [0, 0, 0], 1],
    ["McNemar's exact test of 6 against 1 is 0.125", [1, 1, 1, 1, 1, 1, -1, 0, 0], 0.125],
    ["McNemar's exact test of 10 against 0 is 2 / 1024", Array(10).fill(1), 2 / 1024],
    ['a larger difference has more weight: 2 of 8 flips reach 6', [1, 2, 3], 0.25],
    ['and 4 of 8 flips reach 4', [-1, 2, 3], 0.5],
  ])('%s', (_title, differences, expected) => expect(signFlipTest(differences)).toBeCloseTo(expected, 12))

  test('turns into its normal approximation smoothly', () => {
    const differences = Array.from({ length: 300 }, (_, at) => ((at * 37) % 41) - 18)
    const exact = signFlipTest(differences)
    const scaled = signFlipTest(differences.map((each) => each * 1000))
    expect(scaled).toBeCloseTo(exact, 2)
  })
})
