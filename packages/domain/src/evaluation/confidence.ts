import type { Interval } from './evaluation-report.ts'
import { normal975, studentT975 } from './student-t.ts'

/**
 * Wilson's 95 % interval of a share of `successes` in `n` independent trials (Wilson, 1927). Stays within [0, 1] and has a width even
 * at 0 and at `n` successes. `n` may be an effective, fractional number. Without trials it is all of [0, 1].
 */
export function wilson(successes: number, n: number): Interval {
  if (n <= 0) return { value: 0, low: 0, high: 1 }
  const share = successes / n
  const z2 = normal975 ** 2
  const centre = (share + z2 / (2 * n)) / (1 + z2 / n)
  const half = (normal975 / (1 + z2 / n)) * Math.sqrt((share * (1 - share)) / n + z2 / (4 * n * n))
  return {
    value: share,
    low: Math.max(0, Math.min(share, centre - half)),
    high: Math.min(1, Math.max(share, centre + half)),
  }
}

export type Cluster = { readonly samples: number; readonly correct: number }

/**
 * The mean over problems of the share of correct attempts, with a 95 % interval that respects that attempts at one problem are alike.
 *
 * One attempt a problem: Wilson's interval. Several: Wilson's interval at the effective number of independent attempts, share·(1 - share)
 * over the squared standard error between problems, made smaller for few problems by (z/t)² (Korn and Graubard, 1998). When all problems
 * have the same share the standard error is 0 and says nothing: then each problem counts once.
 */
export function clusteredShare(clusters: readonly Cluster[]): Interval {
  const problems = clusters.length
  if (problems === 0) return wilson(0, 0)
  const shares = clusters.map(({ samples, correct }) => correct / samples)
  const mean = shares.reduce((sum, share) => sum + share, 0) / problems
  if (clusters.every(({ samples }) => samples === 1)) return wilson(mean * problems, problems)
  const effective = effectiveSamples(shares, mean)
  const attempts = clusters.reduce((sum, { samples }) => sum + samples, 0)
  const n = Math.min(effective, attempts)
  return { ...wilson(mean * n, n), value: mean }
}

function effectiveSamples(shares: readonly number[], mean: number): number {
  const problems = shares.length
  const squares = shares.reduce((sum, share) => sum + (share - mean) ** 2, 0)
  if (squares === 0 || problems < 2) return problems
  const squaredError = squares / (problems - 1) / problems
  return ((mean * (1 - mean)) / squaredError) * (normal975 / studentT975(problems - 1)) ** 2
}
