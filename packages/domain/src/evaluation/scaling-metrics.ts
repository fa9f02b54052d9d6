/** One run of a test-time scaling method: the average thinking tokens of its attempts, and its accuracy. */
export type ScalingRun = { readonly tokens: number; readonly accuracy: number }

/** Limits on a run's average thinking tokens; what is left out does not limit. */
export type TokenLimits = { readonly min?: number; readonly max?: number }

/** How tokens enter the slope: `log2` gives accuracy per doubling, `raw` accuracy per token. */
export type TokenScale = 'log2' | 'raw'

/**
 * Control (s1, arXiv 2501.19393, section 3.2): the share of runs, in [0, 1], whose average thinking tokens kept to their limits. Decided a
 * run, on its average, as the paper's appendix E.1 does, not an attempt.
 */
export function control(runs: readonly (TokenLimits & { readonly tokens: number })[]): number {
  const kept = runs.filter(({ tokens, min = 0, max = Number.POSITIVE_INFINITY }) => min <= tokens && tokens <= max)
  return kept.length / runs.length
}

/**
 * Scaling: the mean over all pairs of runs of the slope of accuracy against tokens. The paper's own figures come out with `log2` and
 * accuracies in percent. Pairs of runs with equal tokens have no slope and are left out; NaN when no pair is left.
 */
export function scaling(runs: readonly ScalingRun[], scale: TokenScale = 'log2'): number {
  const points = runs.map(({ tokens, accuracy }) => ({ x: scale === 'log2' ? Math.log2(tokens) : tokens, accuracy }))
  const slopes = points.flatMap((a, at) =>
    points
      .slice(at + 1)
      .filter((b) => b.x !== a.x)
      .map((b) => (b.accuracy - a.accuracy) / (b.x - a.x)),
  )
  return slopes.reduce((sum, slope) => sum + slope, 0) / slopes.length
}

/** Performance: the best accuracy of any run. */
export function performance(runs: readonly Pick<ScalingRun, 'accuracy'>[]): number {
  return Math.max(...runs.map(({ accuracy }) => accuracy))
}
