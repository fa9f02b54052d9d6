/** A complex number in doubles with a bound of its absolute error, so that a difference can be told from rounding. */
export interface Complex {
  readonly re: number
  readonly im: number
  readonly error: number
}

/** Twice the unit roundoff of a double. */
export const roundoff = 2.3e-16

/** A number whose parts are as good as a rounding and at most `error` off. */
export function complex(re: number, im = 0, error = 0): Complex {
  return { re, im, error: error + roundoff * (Math.abs(re) + Math.abs(im)) }
}

/** The absolute value. */
export function size({ re, im }: Complex): number {
  return Math.hypot(re, im)
}

/** The sum; errors add up. */
export function add(a: Complex, b: Complex): Complex {
  return complex(a.re + b.re, a.im + b.im, a.error + b.error)
}

/** The difference; errors add up. */
export function subtract(a: Complex, b: Complex): Complex {
  return complex(a.re - b.re, a.im - b.im, a.error + b.error)
}

/** The product, with the errors that those of the factors and the rounding make. */
export function multiply(a: Complex, b: Complex): Complex {
  const error = size(a) * b.error + size(b) * a.error + a.error * b.error
  const product = complex(a.re * b.re - a.im * b.im, a.re * b.im + a.im * b.re, error)
  return { ...product, error: product.error + roundoff * (Math.abs(a.im * b.im) + Math.abs(a.im * b.re)) }
}

/** The number with the other sign. */
export function negate({ re, im, error }: Complex): Complex {
  return { re: -re, im: -im, error }
}

/** NaN where b may be zero. */
export function divide(a: Complex, b: Complex): Complex {
  const length = b.re * b.re + b.im * b.im
  const magnitude = Math.sqrt(length)
  if (magnitude <= b.error) return { re: Number.NaN, im: Number.NaN, error: Number.POSITIVE_INFINITY }
  const re = (a.re * b.re + a.im * b.im) / length
  const im = (a.im * b.re - a.re * b.im) / length
  const error = (a.error + Math.hypot(re, im) * b.error) / (magnitude - b.error)
  return complex(re, im, error + 4 * roundoff * (size(a) / magnitude))
}

/** `value` with the error that `derivative`, the size of the function's derivative there, makes of the argument's. */
export function propagated(re: number, im: number, of: Complex, derivative: number): Complex {
  const spread = of.error === 0 ? 0 : derivative * of.error
  // Beside a branch point the derivative says nothing; functions met there grow like a root.
  return complex(re, im, (Number.isFinite(spread) ? spread : Math.sqrt(of.error)) + 4 * roundoff * Math.hypot(re, im))
}

/** e to the power of z. */
export function exponential(z: Complex): Complex {
  const magnitude = Math.exp(z.re)
  return propagated(magnitude * Math.cos(z.im), magnitude * Math.sin(z.im), z, magnitude)
}

/** The principal branch: the imaginary part above -π, at most π. */
export function logarithm(z: Complex): Complex {
  const length = size(z)
  return propagated(Math.log(length), angle(z), z, 1 / length)
}

/** A negative number with an imaginary part that is only rounding lies on the branch cut's upper side. */
export function angle(z: Complex): number {
  if (z.re < 0 && Math.abs(z.im) <= z.error) return Math.PI
  return Math.atan2(z.im, z.re)
}

/** Whether the imaginary part is no more than its error. */
export function isReal({ re, im, error }: Complex): boolean {
  return Math.abs(im) <= 4 * error + 1e-14 * Math.abs(re)
}

/** The principal square root; zero, with its error, where z may be zero. */
export function squareRoot(z: Complex): Complex {
  const length = size(z)
  if (length <= z.error) return { re: 0, im: 0, error: Math.sqrt(length + z.error) }
  if (isReal(z))
    return z.re >= 0
      ? propagated(Math.sqrt(z.re), 0, z, 0.5 / Math.sqrt(z.re))
      : propagated(0, Math.sqrt(-z.re), z, 0.5 / Math.sqrt(-z.re))
  const half = Math.atan2(z.im, z.re) / 2
  const root = Math.sqrt(length)
  return propagated(root * Math.cos(half), root * Math.sin(half), z, 0.5 / root)
}

/** exp(exponent · log base), with the conventions for a base of zero. */
export function generalPower(base: Complex, exponent: Complex): Complex {
  if (size(base) <= base.error) {
    if (exponent.re > exponent.error)
      return { re: 0, im: 0, error: base.error === 0 ? 0 : base.error ** Math.min(1, exponent.re) }
    return { re: Number.NaN, im: Number.NaN, error: Number.POSITIVE_INFINITY }
  }
  if (isReal(base) && base.re > 0 && isReal(exponent)) {
    const value = base.re ** exponent.re
    const error = value * (Math.abs(exponent.re / base.re) * base.error + Math.abs(Math.log(base.re)) * exponent.error)
    return complex(value, 0, error + 4 * roundoff * value)
  }
  return exponential(multiply(exponent, logarithm(base)))
}

/** By repeated squaring, as long as the exponent is small; its error is that of the multiplications. */
export function integerPower(base: Complex, exponent: bigint): Complex {
  if (exponent < 0n) return divide({ re: 1, im: 0, error: 0 }, integerPower(base, -exponent))
  if (exponent > 1024n) return generalPower(base, complex(Number(exponent)))
  let result: Complex = { re: 1, im: 0, error: 0 }
  let square = base
  for (let left = Number(exponent); left > 0; left >>= 1) {
    if ((left & 1) === 1) result = multiply(result, square)
    if (left > 1) square = multiply(square, square)
  }
  return result
}
