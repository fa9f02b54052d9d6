/** Cells of the exact distribution that are still worth computing; above, its normal approximation is as good. */
const exactWork = 50_000_000

/**
 * The two-sided p-value of paired differences against "neither is better": the share of all ways to flip their signs whose sum is at
 * least as far from 0. Exact, by adding up the distribution, so nothing is drawn. Differences are integers. For differences of -1, 0 and
 * 1 it is McNemar's exact test. 1 when all are 0.
 */
export function signFlipTest(differences: readonly number[]): number {
  const sizes = differences.map(Math.abs).filter((size) => size > 0)
  const observed = Math.abs(differences.reduce((sum, each) => sum + each, 0))
  const reach = sizes.reduce((sum, size) => sum + size, 0)
  if (reach === 0) return 1
  return sizes.length * reach <= exactWork ? exactTail(sizes, reach, observed) : normalTail(sizes, observed)
}

/** With S the sum of the sizes that get a plus, the flipped sum is 2S - reach; `chances[s]` is the probability of S = s. */
function exactTail(sizes: readonly number[], reach: number, observed: number): number {
  let chances = new Float64Array(reach + 1)
  chances[0] = 1
  let top = 0
  for (const size of sizes) {
    const next = new Float64Array(reach + 1)
    for (let at = 0; at <= top; at++) {
      const half = (chances[at] ?? 0) / 2
      next[at] = (next[at] ?? 0) + half
      next[at + size] = (next[at + size] ?? 0) + half
    }
    top += size
    chances = next
  }
  let tail = 0
  for (const [at, chance] of chances.entries()) if (Math.abs(2 * at - reach) >= observed) tail += chance
  return Math.min(1, tail)
}

function normalTail(sizes: readonly number[], observed: number): number {
  const deviation = Math.sqrt(sizes.reduce((sum, size) => sum + size * size, 0))
  return complementaryError(observed / deviation / Math.SQRT2)
}

/** erfc for x >= 0 (Abramowitz and Stegun, 1964, formula 7.1.26; error below 1.5e-7). */
function complementaryError(x: number): number {
  const t = 1 / (1 + 0.3275911 * x)
  const series = [0.254829592, -0.284496736, 1.421413741, -1.453152027, 1.061405429]
  return series.reduceRight((sum, coefficient) => (sum + coefficient) * t, 0) * Math.exp(-x * x)
}
