import { own } from '../own.ts'
import {
  add,
  type Complex,
  complex,
  divide,
  exponential,
  isReal,
  logarithm,
  multiply,
  negate,
  propagated,
  roundoff,
  size,
  squareRoot,
  subtract,
} from './complex.ts'
import { Inexpressible, Undefined } from './field.ts'

const one = complex(1)
const i: Complex = { re: 0, im: 1, error: 0 }

/** Functions of one complex number. Inverse ones give principal values; of a real number in their domain, real ones. */
const unary: Readonly<Record<string, (z: Complex) => Complex>> = {
  exp: exponential,
  cis: (z) => exponential(multiply(i, z)),
  ln: logarithm,
  abs: (z) => complex(size(z), 0, z.error),
  sin: sine,
  cos: cosine,
  tan: (z) => divide(sine(z), cosine(z)),
  cot: (z) => divide(cosine(z), sine(z)),
  sec: (z) => divide(one, cosine(z)),
  csc: (z) => divide(one, sine(z)),
  sinh: (z) => half(subtract(exponential(z), exponential(negate(z)))),
  cosh: (z) => half(add(exponential(z), exponential(negate(z)))),
  tanh: tangentHyperbolic,
  coth: (z) => divide(one, tangentHyperbolic(z)),
  sech: (z) => divide(complex(2), add(exponential(z), exponential(negate(z)))),
  csch: (z) => divide(complex(2), subtract(exponential(z), exponential(negate(z)))),
  arcsin: arcSine,
  arccos: (z) => subtract(complex(Math.PI / 2), arcSine(z)),
  arctan: arcTangent,
  arccot: (z) => subtract(complex(Math.PI / 2), arcTangent(z)),
  arcsec: (z) => subtract(complex(Math.PI / 2), arcSine(divide(one, z))),
  arccsc: (z) => arcSine(divide(one, z)),
  arcsinh: (z) => logarithm(add(z, squareRoot(add(multiply(z, z), one)))),
  arccosh: (z) => logarithm(add(z, multiply(squareRoot(add(z, one)), squareRoot(subtract(z, one))))),
  arctanh: (z) => half(subtract(logarithm(add(one, z)), logarithm(subtract(one, z)))),
  floor: (z) => complex(step(z, Math.floor)),
  ceil: (z) => complex(step(z, Math.ceil)),
  factorial: (z) => factorialOf(z, 1),
  'double-factorial': (z) => factorialOf(z, 2),
}

function factorialOf(z: Complex, step: number): Complex {
  const value = factorial(natural(z), step)
  return complex(value, 0, value * 200 * roundoff)
}

/** `base` is that of a logarithm written `log`. Throws Inexpressible for a name that is no function here. */
export function callComplex(name: string, values: readonly Complex[], base: Complex): Complex {
  const [x, y] = values
  if (x === undefined) throw new Undefined(`${name} has no argument`)
  if (name === 'log') return divide(logarithm(x), logarithm(y ?? base))
  if (name === 'lg') return divide(logarithm(x), logarithm(y ?? complex(10)))
  const known = values.length === 1 ? own(unary, name) : undefined
  if (known !== undefined) return known(x)
  if (name === 'max' || name === 'min')
    return values.reduce((best, each) =>
      (name === 'max' ? real(each) > real(best) : real(each) < real(best)) ? each : best,
    )
  if (name === 'binomial' && y !== undefined) {
    const [n, k] = [natural(x), natural(y)]
    const smaller = Math.min(k, n - k)
    if (smaller > 400) throw new Undefined('a binomial is too large')
    let result = 1
    for (let index = 1; index <= smaller; index++) result = (result * (n - smaller + index)) / index
    return complex(k > n ? 0 : result, 0, result * 4 * (1 + smaller) * roundoff)
  }
  if (name === 'gcd' || name === 'lcm') {
    const common = (a: number, b: number): number => (b === 0 ? a : common(b, a % b))
    const whole = values.map(natural)
    return complex(
      whole.reduce((a, b) => (name === 'gcd' ? common(a, b) : a === 0 || b === 0 ? 0 : (a / common(a, b)) * b)),
    )
  }
  if (name === 'modulo' && y !== undefined)
    return complex(real(x) - Math.floor(real(x) / real(y)) * real(y), 0, x.error + y.error)
  throw new Inexpressible(`${name} of ${values.length} arguments is not known`)
}

function half(z: Complex): Complex {
  return { re: z.re / 2, im: z.im / 2, error: z.error / 2 }
}

function sine(z: Complex): Complex {
  return propagated(Math.sin(z.re) * Math.cosh(z.im), Math.cos(z.re) * Math.sinh(z.im), z, Math.cosh(z.im))
}

function cosine(z: Complex): Complex {
  return propagated(Math.cos(z.re) * Math.cosh(z.im), -Math.sin(z.re) * Math.sinh(z.im), z, Math.cosh(z.im))
}

function tangentHyperbolic(z: Complex): Complex {
  const [plus, minus] = [exponential(z), exponential(negate(z))]
  return divide(subtract(plus, minus), add(plus, minus))
}

function arcSine(z: Complex): Complex {
  if (isReal(z) && Math.abs(z.re) <= 1 + z.error) {
    const x = Math.max(-1, Math.min(1, z.re))
    return propagated(Math.asin(x), 0, z, 1 / Math.sqrt(1 - x * x))
  }
  // -i log(iz + √(1 - z²))
  return multiply(negate(i), logarithm(add(multiply(i, z), squareRoot(subtract(one, multiply(z, z))))))
}

function arcTangent(z: Complex): Complex {
  if (isReal(z)) return propagated(Math.atan(z.re), 0, z, 1 / (1 + z.re * z.re))
  const difference = subtract(logarithm(subtract(one, multiply(i, z))), logarithm(add(one, multiply(i, z))))
  return half(multiply(i, difference))
}

function real(z: Complex): number {
  if (!isReal(z)) throw new Undefined('a complex number has no order')
  return z.re
}

/** A step function jumps at whole numbers: beside one, rounding would decide. */
function step(z: Complex, round: (x: number) => number): number {
  const x = real(z)
  const nearest = Math.round(x)
  if (z.error > 0 && Math.abs(x - nearest) <= 8 * z.error && !isNearlyExact(x, z.error))
    throw new Undefined('rounding decides a step')
  return Math.abs(x - nearest) <= 8 * z.error ? nearest : round(x)
}

/** Whole by itself, as sums and products of whole numbers are, within no more than the error that every double has. */
function isNearlyExact(x: number, error: number): boolean {
  return Number.isInteger(x) && error <= 64 * roundoff * Math.max(1, Math.abs(x))
}

function natural(z: Complex): number {
  const x = real(z)
  const nearest = Math.round(x)
  if (nearest < 0 || Math.abs(x - nearest) > 8 * z.error + 1e-12)
    throw new Undefined('a factorial of what is no natural number')
  return nearest
}

function factorial(n: number, step: number): number {
  if (n > 170 * step) return Number.POSITIVE_INFINITY
  let product = 1
  for (let factor = n; factor > 1; factor -= step) product *= factor
  return product
}
