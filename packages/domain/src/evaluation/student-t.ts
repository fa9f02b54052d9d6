/** The 97.5 % quantile of the standard normal distribution: a two-sided 95 % interval. */
export const normal975 = 1.959963984540054

const firstQuantiles = [12.706204736432095, 4.302652729911275, 3.182446305284263, 2.7764451051977987, 2.570581835636314]

/** The 97.5 % quantile of Student's t distribution with `degrees` of freedom, an integer of at least 1; within 1e-4 (Fisher and Cornish, 1960). */
export function studentT975(degrees: number): number {
  const exact = firstQuantiles[degrees - 1]
  if (exact !== undefined) return exact
  const z = normal975
  const terms = [
    (z ** 3 + z) / 4,
    (5 * z ** 5 + 16 * z ** 3 + 3 * z) / 96,
    (3 * z ** 7 + 19 * z ** 5 + 17 * z ** 3 - 15 * z) / 384,
    (79 * z ** 9 + 776 * z ** 7 + 1482 * z ** 5 - 1920 * z ** 3 - 945 * z) / 92_160,
  ]
  return terms.reduce((sum, term, at) => sum + term / degrees ** (at + 1), z)
}
