import type { Budget } from '../limits.ts'
import { type Field, Inexpressible, Undefined } from './field.ts'
import { bitLength, magnitude } from './rational.ts'

/** A real number between middle - radius and middle + radius, both in units of 2^-`precision`. */
export interface Ball {
  readonly middle: bigint
  readonly radius: bigint
}

/** Binary digits after the point of a ball. */
export const precision = 320

const P = BigInt(precision)
const one = 1n << P
const largestBits = 4 * precision

/** Real numbers to `precision` binary places with a proven bound of the error (ball arithmetic, van der Hoeven 2009). */
export function ballField(budget: Budget, logBase: number): Field<Ball> {
  const counted = (ball: Ball): Ball => {
    budget.spend(4)
    if (bitLength(ball.middle) > largestBits) throw new Inexpressible('a number is too large for its digits')
    return ball
  }
  const logarithm = (x: Ball): Ball => {
    budget.spend(2000)
    return naturalLogarithm(x)
  }
  const exponential = (x: Ball): Ball => {
    budget.spend(600)
    return counted(exponentialOf(x))
  }
  const power = (base: Ball, exponent: Ball): Ball => exponential(multiply(exponent, logarithm(base)))
  const field: Field<Ball> = {
    rational: (numerator, denominator) => counted({ middle: (numerator << P) / denominator, radius: 1n }),
    constant: (name) => {
      if (name === 'i') throw new Inexpressible('i is not real')
      return name === 'pi' ? pi() : exponential({ middle: one, radius: 0n })
    },
    add: (a, b) => counted({ middle: a.middle + b.middle, radius: a.radius + b.radius }),
    multiply: (a, b) => counted(multiply(a, b)),
    divide: (a, b) => counted(divide(a, b)),
    negate: ({ middle, radius }) => ({ middle: -middle, radius }),
    integerPower: (base, exponent) => {
      if (exponent < 0n) return divide({ middle: one, radius: 0n }, field.integerPower(base, -exponent))
      if (exponent > 10_000n) throw new Inexpressible('a power is too large for its digits')
      let result: Ball = { middle: one, radius: 0n }
      let square = base
      for (let left = exponent; left > 0n; left >>= 1n) {
        if ((left & 1n) === 1n) result = counted(multiply(result, square))
        if (left > 1n) square = counted(multiply(square, square))
      }
      return result
    },
    rationalPower: (base, numerator, denominator) => {
      if (denominator > 64n)
        return power(base, divide({ middle: numerator << P, radius: 0n }, { middle: denominator << P, radius: 0n }))
      budget.spend(300)
      return field.integerPower(root(base, denominator), numerator)
    },
    power,
    call: (name, values) => {
      const [x, y] = values
      if (x === undefined) throw new Undefined(`${name} has no argument`)
      budget.spend(600)
      switch (name) {
        case 'ln':
          return logarithm(x)
        case 'lg':
        case 'log': {
          const base = y ?? { middle: name === 'lg' || logBase === 10 ? 10n << P : 0n, radius: 0n }
          return base.middle === 0n ? logarithm(x) : divide(logarithm(x), logarithm(base))
        }
        case 'exp':
          return exponential(x)
        case 'sin':
          return sineOf(x)
        case 'cos':
          return sineOf({ middle: x.middle + pi().middle / 2n, radius: x.radius + 2n })
        case 'tan':
          return divide(sineOf(x), field.call('cos', [x]))
        case 'cot':
          return divide(field.call('cos', [x]), sineOf(x))
        case 'sec':
          return divide({ middle: one, radius: 0n }, field.call('cos', [x]))
        case 'csc':
          return divide({ middle: one, radius: 0n }, sineOf(x))
        case 'sinh':
        case 'cosh':
        case 'tanh': {
          const [up, down] = [exponential(x), exponential(field.negate(x))]
          const [sum, difference] = [field.add(up, down), field.add(up, field.negate(down))]
          if (name === 'tanh') return divide(difference, sum)
          return multiply(name === 'sinh' ? difference : sum, { middle: one >> 1n, radius: 0n })
        }
        case 'arctan':
          return arcTangentOf(x)
        case 'arcsin':
          return arcSineOf(x)
        case 'arccos': {
          const half = { middle: pi().middle / 2n, radius: 2n }
          return field.add(half, field.negate(arcSineOf(x)))
        }
        case 'floor':
          return step(x, 0n)
        case 'ceil':
          return step(x, 1n)
        case 'abs':
          return x.middle < 0n ? field.negate(x) : x
        default:
          throw new Inexpressible(`${name} has no digits`)
      }
    },
    opaque: (name) => {
      throw new Inexpressible(`${name} is a function that nobody defined`)
    },
  }
  return field
}

/** The whole number below, or above. A ball around a whole number with ninety digits known is that number. */
function step(x: Ball, up: bigint): Ball {
  const nearest = (x.middle + (one >> 1n)) >> P
  const apart = magnitude(x.middle - (nearest << P))
  if (apart <= x.radius) {
    if (x.radius > 1n << (P / 4n)) throw new Inexpressible('rounding decides a step')
    return { middle: nearest << P, radius: 0n }
  }
  return { middle: ((x.middle >> P) + up) << P, radius: 0n }
}

function multiply(a: Ball, b: Ball): Ball {
  const radius = ((magnitude(a.middle) * b.radius + magnitude(b.middle) * a.radius + a.radius * b.radius) >> P) + 2n
  return { middle: (a.middle * b.middle) >> P, radius }
}

function divide(a: Ball, b: Ball): Ball {
  const smallest = magnitude(b.middle) - b.radius
  if (smallest <= 0n) throw new Undefined('a division by what may be zero')
  const middle = (a.middle << P) / b.middle
  return { middle, radius: ((a.radius << P) + magnitude(middle) * b.radius) / smallest + 2n }
}

function root(x: Ball, degree: bigint): Ball {
  if (x.middle < 0n && degree % 2n === 1n) {
    const positive = root({ middle: -x.middle, radius: x.radius }, degree)
    return { middle: -positive.middle, radius: positive.radius }
  }
  if (x.middle <= x.radius) throw new Inexpressible('a root of what may be negative')
  const middle = wholeRoot(x.middle << (P * (degree - 1n)), degree)
  return { middle, radius: (2n * x.radius * middle) / (degree * (x.middle - x.radius)) + 2n }
}

function wholeRoot(value: bigint, degree: bigint): bigint {
  let guess = 1n << BigInt(Math.ceil(bitLength(value) / Number(degree)) + 1)
  for (;;) {
    const next = ((degree - 1n) * guess + value / guess ** (degree - 1n)) / degree
    if (next >= guess) return guess
    guess = next
  }
}

function exponentialOf(x: Ball): Ball {
  if (bitLength(x.middle) > precision + 12) throw new Inexpressible('an exponential is too large for its digits')
  // exp(x) = exp(x / 2^24)^(2^24), with guard bits for the squarings.
  const guard = 64n
  const scale = P + guard
  const argument = (x.middle << guard) >> 24n
  let term = 1n << scale
  let sum = term
  for (let index = 1n; term !== 0n && index < 200n; index++) {
    term = ((term * argument) >> scale) / index
    sum += term
  }
  for (let squaring = 0; squaring < 24; squaring++) sum = (sum * sum) >> scale
  const middle = sum >> guard
  return { middle, radius: ((magnitude(middle) * x.radius) >> (P - 1n)) + (magnitude(middle) >> (P - 4n)) + 4n }
}

function naturalLogarithm(x: Ball): Ball {
  if (x.middle <= x.radius) throw new Inexpressible('a logarithm of what may be negative')
  const shift = bitLength(x.middle) - precision
  const guess =
    Math.log(Number(x.middle >> BigInt(Math.max(0, bitLength(x.middle) - 60)))) +
    Math.max(0, bitLength(x.middle) - 60) * Math.LN2 -
    precision * Math.LN2
  if (Math.abs(shift) > 2000) throw new Inexpressible('a logarithm of a number too large for its digits')
  let y = BigInt(Math.round(guess * 2 ** 50)) << (P - 50n)
  // Halley's iteration triples the digits each time.
  for (let round = 0; round < 4; round++) {
    const power = exponentialOf({ middle: y, radius: 0n }).middle
    y += (2n * ((x.middle - power) << P)) / (x.middle + power)
  }
  return { middle: y, radius: (x.radius << P) / (x.middle - x.radius) + 64n + (one >> (P - 8n)) }
}

let piDigits: Ball | null = null

/** Machin: π/4 = 4 arctan(1/5) - arctan(1/239). */
function pi(): Ball {
  if (piDigits !== null) return piDigits
  const guard = 32n
  const unit = 1n << (P + guard)
  const inverseTangent = (of: bigint): bigint => {
    let power = unit / of
    let sum = power
    for (let index = 3n; power !== 0n; index += 2n) {
      power = -power / (of * of)
      sum += power / index
    }
    return sum
  }
  piDigits = { middle: (4n * (4n * inverseTangent(5n) - inverseTangent(239n))) >> guard, radius: 2n }
  return piDigits
}

function sineOf(x: Ball): Ball {
  if (bitLength(x.middle) > precision + 64) throw new Inexpressible('an angle is too large for its digits')
  const { middle: halfTurn } = pi()
  const turns = (x.middle + halfTurn / 2n) / halfTurn - (x.middle + halfTurn / 2n < 0n ? 1n : 0n)
  const reduced = x.middle - turns * halfTurn
  const square = (reduced * reduced) >> P
  let term = reduced
  let sum = reduced
  for (let index = 2n; term !== 0n && index < 400n; index += 2n) {
    term = -((term * square) >> P) / (index * (index + 1n))
    sum += term
  }
  return { middle: turns % 2n === 0n ? sum : -sum, radius: x.radius + 2n * magnitude(turns) + 256n }
}

function arcTangentOf(x: Ball): Ball {
  let argument = x
  const halvings = 8
  for (let halving = 0; halving < halvings; halving++) {
    const square = multiply(argument, argument)
    const hypotenuse = root({ middle: square.middle + one, radius: square.radius }, 2n)
    argument = divide(argument, { middle: hypotenuse.middle + one, radius: hypotenuse.radius })
  }
  const square = (argument.middle * argument.middle) >> P
  let power = argument.middle
  let sum = power
  for (let index = 3n; power !== 0n && index < 800n; index += 2n) {
    power = -((power * square) >> P)
    sum += power / index
  }
  return { middle: sum << BigInt(halvings), radius: (argument.radius + 512n) << BigInt(halvings) }
}

function arcSineOf(x: Ball): Ball {
  const square = multiply(x, x)
  const cosine = root({ middle: one - square.middle, radius: square.radius }, 2n)
  return arcTangentOf(divide(x, cosine))
}
