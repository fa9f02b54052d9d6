import { type Budget, limits } from '../limits.ts'
import { type Field, Inexpressible, Undefined } from './field.ts'
import {
  bitLength,
  compareRationals,
  floorOf,
  greatestCommonDivisor,
  magnitude,
  type Rational,
  rational,
} from './rational.ts'

/** Exact rational numbers. Roots are Inexpressible unless they are rational; numbers beyond the limit of bits are too. */
export function exactField(budget: Budget): Field<Rational> {
  const bounded = (value: Rational): Rational => {
    const bits = bitLength(value.numerator) + bitLength(value.denominator)
    if (bits > limits.bits) throw new Inexpressible('an exact number is too large')
    // Lowest terms take time quadratic in the length.
    budget.spend(1 + Math.round((bits >> 6) ** 2 / 60))
    return value
  }
  const divide = (a: Rational, b: Rational): Rational => {
    if (b.numerator === 0n) throw new Undefined('a division by zero')
    return bounded(rational(a.numerator * b.denominator, a.denominator * b.numerator))
  }
  const integerPower = (base: Rational, exponent: bigint): Rational => {
    if (exponent === 0n) return { numerator: 1n, denominator: 1n }
    if (base.numerator === 0n) {
      if (exponent < 0n) throw new Undefined('a negative power of zero')
      return base
    }
    const size = exponent < 0n ? -exponent : exponent
    const bits = bitLength(base.numerator) + bitLength(base.denominator)
    const unit = base.denominator === 1n && (base.numerator === 1n || base.numerator === -1n)
    if (!unit && (size > BigInt(limits.bits) || Number(size) * bits > 2 * limits.bits))
      throw new Inexpressible('an exact power is too large')
    budget.spend(1 + ((Number(unit ? 1n : size) * bits) >> 6))
    const reduced = unit ? size % 2n : size
    const raised = { numerator: base.numerator ** reduced, denominator: base.denominator ** reduced }
    return exponent > 0n ? raised : divide({ numerator: 1n, denominator: 1n }, raised)
  }
  return {
    rational: (numerator, denominator) => bounded(rational(numerator, denominator)),
    constant: (name) => {
      throw new Inexpressible(`${name} is not rational`)
    },
    add: (a, b) =>
      bounded(rational(a.numerator * b.denominator + b.numerator * a.denominator, a.denominator * b.denominator)),
    multiply: (a, b) => bounded(rational(a.numerator * b.numerator, a.denominator * b.denominator)),
    divide,
    negate: (a) => ({ numerator: -a.numerator, denominator: a.denominator }),
    integerPower,
    rationalPower: (base, numerator, denominator) => {
      const raised = integerPower(base, numerator)
      return bounded({
        numerator: integerRoot(raised.numerator, denominator, budget),
        denominator: integerRoot(raised.denominator, denominator, budget),
      })
    },
    power: () => {
      throw new Inexpressible('a power with an exponent that is not rational')
    },
    call: (name, values) => bounded(call(name, values, budget, divide)),
    opaque: (name) => {
      throw new Inexpressible(`${name} is a function that nobody defined`)
    },
  }
}

/** The whole root, or Inexpressible. Newton's method on integers. */
function integerRoot(value: bigint, degree: bigint, budget: Budget): bigint {
  if (value < 0n) {
    if (degree % 2n === 0n) throw new Inexpressible('an even root of a negative number')
    return -integerRoot(-value, degree, budget)
  }
  if (value < 2n) return value
  const bits = bitLength(value)
  if (degree > 64n || degree >= BigInt(bits)) throw new Inexpressible('the root is not rational')
  let guess = 1n << BigInt(Math.ceil(bits / Number(degree)) + 1)
  for (;;) {
    budget.spend(2 + Math.round((bits >> 6) ** 2 / 20))
    const next = ((degree - 1n) * guess + value / guess ** (degree - 1n)) / degree
    if (next >= guess) break
    guess = next
  }
  if (guess ** degree !== value) throw new Inexpressible('the root is not rational')
  return guess
}

function call(
  name: string,
  values: readonly Rational[],
  budget: Budget,
  divide: (a: Rational, b: Rational) => Rational,
): Rational {
  const [x, y] = values
  if (x === undefined) throw new Undefined(`${name} has no argument`)
  for (const { numerator, denominator } of values)
    budget.spend(Math.round(((bitLength(numerator) + bitLength(denominator)) >> 5) ** 2 / 20))
  switch (name) {
    case 'abs':
      return x.numerator < 0n ? { numerator: -x.numerator, denominator: x.denominator } : x
    case 'floor':
      return rational(floorOf(x))
    case 'ceil':
      return rational(-floorOf({ numerator: -x.numerator, denominator: x.denominator }))
    case 'factorial':
      return rational(factorial(natural(x), 1n, budget))
    case 'double-factorial':
      return rational(factorial(natural(x), 2n, budget))
    case 'binomial':
      return rational(binomial(natural(x), natural(y ?? x), budget))
    case 'max':
    case 'min':
      return values.reduce((best, each) =>
        (name === 'max' ? compareRationals(each, best) > 0 : compareRationals(each, best) < 0) ? each : best,
      )
    case 'gcd':
      return rational(values.map(whole).reduce((a, b) => (a === 0n && b === 0n ? 0n : greatestCommonDivisor(a, b))))
    case 'lcm':
      return rational(
        values
          .map(whole)
          .reduce((a, b) => (a === 0n || b === 0n ? 0n : magnitude(a * b) / greatestCommonDivisor(a, b))),
      )
    case 'modulo': {
      const quotient = divide(x, y ?? x)
      return rational(
        x.numerator * quotient.denominator - floorOf(quotient) * (y ?? x).numerator * quotient.denominator,
        x.denominator * quotient.denominator,
      )
    }
    default:
      throw new Inexpressible(`${name} is not rational`)
  }
}

function whole({ numerator, denominator }: Rational): bigint {
  if (denominator !== 1n) throw new Undefined('a fraction stands where a whole number is wanted')
  return numerator
}

function natural(value: Rational): number {
  const number = whole(value)
  if (number < 0n) throw new Undefined('a factorial of a negative number')
  if (number > BigInt(limits.factorial)) throw new Inexpressible(`a factorial is above ${limits.factorial}!`)
  return Number(number)
}

function factorial(n: number, step: bigint, budget: Budget): bigint {
  if (n > 3500) throw new Inexpressible('an exact factorial is too large')
  budget.spend(1 + (n >> 1))
  let product = 1n
  for (let factor = BigInt(n); factor > 1n; factor -= step) product *= factor
  return product
}

function binomial(n: number, k: number, budget: Budget): bigint {
  if (k > n) return 0n
  const smaller = Math.min(k, n - k)
  if (smaller > 3500) throw new Inexpressible('an exact binomial is too large')
  budget.spend(1 + smaller)
  let result = 1n
  for (let step = 1; step <= smaller; step++) result = (result * BigInt(n - smaller + step)) / BigInt(step)
  return result
}
