import { type Budget, limits } from '../limits.ts'
import { type Field, Inexpressible, Undefined } from './field.ts'

/** Two primes of 61 bits. A number that is not zero vanishes modulo both for no answer that anybody writes by chance. */
export const primes: readonly bigint[] = [2305843009213693921n, 2305843009213693693n]

/** A square root of -1 modulo each: both primes are 1 modulo 4, so that complex numbers with rational parts have a place there. */
const roots: ReadonlyMap<bigint, bigint> = new Map([
  [2305843009213693921n, 583529827753931384n],
  [2305843009213693693n, 966685122347009555n],
])

/**
 * The whole numbers modulo a prime. Rational expressions keep their identities there, and nothing grows: powers and factorials of thousands
 * of digits are exact. Two rational functions that agree at a random point are the same but for a chance of their degree over the prime
 * (Schwartz 1980, Zippel 1979).
 */
export function modularField(prime: bigint, budget: Budget): Field<bigint> {
  const reduce = (value: bigint): bigint => {
    const rest = value % prime
    return rest < 0n ? rest + prime : rest
  }
  const integerPower = (base: bigint, exponent: bigint): bigint => {
    if (exponent < 0n) return integerPower(inverse(base), -exponent)
    // Fermat: exponents count modulo prime - 1, but a power of zero stays zero.
    let left = base === 0n || exponent < prime ? exponent : (exponent % (prime - 1n)) + (prime - 1n)
    if (base === 0n) return left === 0n ? 1n : 0n
    let square = base
    let result = 1n
    while (left > 0n) {
      budget.spend(1)
      if ((left & 1n) === 1n) result = (result * square) % prime
      square = (square * square) % prime
      left >>= 1n
    }
    return result
  }
  const inverse = (value: bigint): bigint => {
    if (value === 0n) throw new Undefined('a division by zero')
    // Euclid's extended algorithm.
    let [a, b, x, y] = [value, prime, 1n, 0n]
    while (a > 1n) {
      budget.spend(1)
      const quotient = b / a
      ;[b, a] = [a, b % a]
      ;[y, x] = [x, y - quotient * x]
    }
    return reduce(x)
  }
  const inexpressible = (what: string) => (): never => {
    throw new Inexpressible(`${what} modulo a prime`)
  }
  return {
    rational: (numerator, denominator) => {
      budget.spend(1)
      const above = reduce(numerator)
      return denominator === 1n ? above : (above * inverse(reduce(denominator))) % prime
    },
    constant: (name) => {
      const root = roots.get(prime)
      if (name !== 'i' || root === undefined) throw new Inexpressible(`${name} modulo a prime`)
      return root
    },
    add: (a, b) => {
      budget.spend(1)
      const sum = a + b
      return sum >= prime ? sum - prime : sum
    },
    multiply: (a, b) => {
      budget.spend(1)
      return (a * b) % prime
    },
    divide: (a, b) => (a * inverse(b)) % prime,
    negate: (a) => (a === 0n ? 0n : prime - a),
    integerPower,
    rationalPower: inexpressible('a root'),
    power: inexpressible('a power with a variable exponent'),
    call: inexpressible('a function'),
    opaque: (name, values) => {
      let mixed = 1469598103934665603n
      for (const letter of name) mixed = reduce((mixed ^ BigInt(letter.codePointAt(0) ?? 0)) * 1099511628211n)
      for (const value of values) mixed = reduce((mixed ^ value) * 6364136223846793005n + 1442695040888963407n)
      return mixed
    },
  }
}

/** n!, n!! or a binomial modulo a prime, for whole arguments that an exact number could not hold. Null when it is none of these. */
export function modularFactorial(
  name: string,
  values: readonly bigint[],
  prime: bigint,
  budget: Budget,
): bigint | null {
  const [n = 0n, k = 0n] = values
  if (n < 0n || n > BigInt(limits.factorial)) return null
  const step = name === 'double-factorial' ? 2 : 1
  const product = (from: number, to: number): bigint => {
    budget.spend(1 + Math.max(0, to - from))
    let result = 1n
    for (let factor = to; factor >= from && factor > 1; factor -= step) result = (result * BigInt(factor)) % prime
    return result
  }
  if (name === 'factorial' || name === 'double-factorial') return product(1, Number(n))
  if (name !== 'binomial') return null
  if (k < 0n || k > n) return 0n
  const smaller = Math.min(Number(k), Number(n - k))
  const field = modularField(prime, budget)
  return field.divide(product(Number(n) - smaller + 1, Number(n)), product(1, smaller))
}
