import type { Interval, ProblemScore } from './evaluation-report.ts'
import { signFlipTest } from './sign-flip-test.ts'
import { studentT975 } from './student-t.ts'

export type PairedScore = { readonly candidate: ProblemScore; readonly incumbent: ProblemScore }

/** `value`: mean over problems of the candidate's share of correct attempts minus the incumbent's. */
export type PairedDifference = Interval & { readonly pValue: number }

/** The scores of the problems that both attempted, in order of problem id. */
export function pairScores(
  candidate: readonly ProblemScore[],
  incumbent: readonly ProblemScore[],
): readonly PairedScore[] {
  const byId = new Map(incumbent.map((score) => [score.problemId, score]))
  return candidate
    .toSorted((a, b) => (a.problemId < b.problemId ? -1 : 1))
    .flatMap((score) => {
      const other = byId.get(score.problemId)
      return other === undefined ? [] : [{ candidate: score, incumbent: other }]
    })
}

/**
 * Compares two models on the same problems, each problem being one observation: its difficulty is the same for both and cancels out.
 *
 * The p-value is that of the exact sign-flip test, which for one attempt a problem is McNemar's. The 95 % interval is Student's, after
 * adding one difference of a single attempt in each direction: for one attempt a problem this is the interval of Bonett and Price (2012)
 * but for the quantile, and it keeps a width when all differences are equal.
 */
export function pairedDifference(pairs: readonly PairedScore[]): PairedDifference {
  const differences = pairs.map(({ candidate, incumbent }) => share(candidate) - share(incumbent))
  const value = mean(differences)
  const attempts = pairs.reduce(
    (most, { candidate, incumbent }) => Math.max(most, candidate.samples, incumbent.samples),
    1,
  )
  const adjusted = [...differences, 1 / attempts, -1 / attempts]
  const centre = mean(adjusted)
  const variance = adjusted.reduce((sum, each) => sum + (each - centre) ** 2, 0) / (adjusted.length - 1)
  const half = studentT975(adjusted.length - 1) * Math.sqrt(variance / adjusted.length)
  return {
    value,
    low: Math.max(-1, Math.min(value, centre - half)),
    high: Math.min(1, Math.max(value, centre + half)),
    pValue: signFlipTest(wholeDifferences(pairs)),
  }
}

function share({ samples, correct }: ProblemScore): number {
  return correct / samples
}

/** The differences as integers of one scale: attempts where all problems have the same number of them, else ten-thousandths. */
function wholeDifferences(pairs: readonly PairedScore[]): number[] {
  const counts = new Set(pairs.flatMap(({ candidate, incumbent }) => [candidate.samples, incumbent.samples]))
  const [only = 10_000] = counts.size === 1 ? counts : []
  return pairs.map(({ candidate, incumbent }) => Math.round((share(candidate) - share(incumbent)) * only))
}

function mean(values: readonly number[]): number {
  return values.length === 0 ? 0 : values.reduce((sum, each) => sum + each, 0) / values.length
}
