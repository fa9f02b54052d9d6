/**
 * The unbiased estimate of pass@k from `n` attempts of which `c` are correct: 1 - C(n-c, k) / C(n, k), the probability that k attempts
 * drawn without replacement hold a correct one (Chen et al., 2021, arXiv 2107.03374). Computed as a product, so that no binomial
 * overflows. Throws RangeError unless 0 <= c <= n and 1 <= k <= n.
 */
export function passAtK(n: number, c: number, k: number): number {
  if (!(c >= 0 && c <= n && k >= 1 && k <= n))
    throw new RangeError(`pass@${k} is not defined for ${c} of ${n} attempts`)
  if (n - c < k) return 1
  let allWrong = 1
  for (let drawn = n - c + 1; drawn <= n; drawn++) allWrong *= 1 - k / drawn
  return 1 - allWrong
}
