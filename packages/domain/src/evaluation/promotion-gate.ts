import type { EvaluationReport, Interval } from './evaluation-report.ts'
import { pairedDifference, pairScores } from './paired-difference.ts'

/** `reason` is a plain sentence with figures. The rest is null where there is no incumbent to compare with. */
export type GateDecision = {
  readonly accepted: boolean
  readonly reason: string
  /** Candidate's pass@1 minus incumbent's over the same problems, with its 95 % interval. */
  readonly difference: number | null
  readonly differenceLow: number | null
  readonly differenceHigh: number | null
  /** Two-sided, of "neither is better". */
  readonly pValue: number | null
}

/** Floating-point noise must not decide at the margin itself. */
const noise = 1e-9

/**
 * Accepts a candidate whose pass@1 is at least the incumbent's minus `margin`, over the problems that both attempted; the interval and
 * the p-value are told, they do not decide. Without an incumbent the candidate is accepted. Throws when the reports share no problem.
 */
export function decideGate(
  candidate: EvaluationReport,
  incumbent: EvaluationReport | null,
  { margin }: { readonly margin: number },
): GateDecision {
  if (incumbent === null)
    return {
      accepted: true,
      reason: `Accepted: there is no incumbent yet; pass@1 on ${candidate.benchmark} is ${range(candidate.passAt1)} over ${candidate.problems} problems.`,
      difference: null,
      differenceLow: null,
      differenceHigh: null,
      pValue: null,
    }
  const pairs = pairScores(candidate.scores, incumbent.scores)
  if (pairs.length === 0)
    throw new RangeError(`the two reports on ${candidate.benchmark} share no problem, so they cannot be compared`)
  const { value, low, high, pValue } = pairedDifference(pairs)
  const accepted = value >= -margin - noise
  const allowed = margin === 0 ? 'no loss is allowed' : `a loss of ${percent(margin)} points is allowed`
  const figures = `${signed(value)} points (95 % interval ${signed(low)} to ${signed(high)}, p = ${pValue.toPrecision(2)})`
  return {
    accepted,
    reason: `${accepted ? 'Accepted' : 'Rejected'}: pass@1 on ${candidate.benchmark} is ${percent(candidate.passAt1.value)} % against the incumbent's ${percent(incumbent.passAt1.value)} %, a difference over ${pairs.length} problems of ${figures}; ${allowed}.`,
    difference: value,
    differenceLow: low,
    differenceHigh: high,
    pValue,
  }
}

function range({ value, low, high }: Interval): string {
  return `${percent(value)} % (95 % interval ${percent(low)} to ${percent(high)})`
}

function percent(share: number): string {
  return (share * 100).toFixed(1)
}

function signed(share: number): string {
  return `${share >= 0 ? '+' : ''}${percent(share)}`
}
