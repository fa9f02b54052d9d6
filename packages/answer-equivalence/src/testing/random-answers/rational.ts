/** In lowest terms, the denominator positive. */
export interface Rational {
  readonly over: bigint
  readonly under: bigint
}

/** Throws when the denominator is zero. */
export function rational(over: bigint, under: bigint): Rational {
  if (under === 0n) throw new RangeError('a denominator is zero')
  const divisor = greatestCommonDivisor(over < 0n ? -over : over, under < 0n ? -under : under)
  const sign = under < 0n ? -1n : 1n
  return { over: (sign * over) / divisor, under: (sign * under) / divisor }
}

function greatestCommonDivisor(a: bigint, b: bigint): bigint {
  let [larger, smaller] = [a, b]
  while (smaller !== 0n) [larger, smaller] = [smaller, larger % smaller]
  return larger === 0n ? 1n : larger
}
