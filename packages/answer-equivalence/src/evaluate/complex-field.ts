import type { Budget } from '../limits.ts'
import * as arithmetic from './complex.ts'
import { type Complex, complex, isReal } from './complex.ts'
import { callComplex } from './complex-functions.ts'
import type { Field } from './field.ts'
import { toDouble } from './rational.ts'

/**
 * Complex doubles with error bounds. `logBase`: of a logarithm written `log` without a base. `met.imaginary` is set once any value on the
 * way is not real.
 */
export function complexField(
  budget: Budget,
  logBase: number,
  met: { imaginary: boolean } = { imaginary: false },
): Field<Complex> {
  const base = complex(logBase)
  const counted = (value: Complex): Complex => {
    budget.spend(1)
    if (!isReal(value)) met.imaginary = true
    return value
  }
  const rationalPower = (of: Complex, numerator: bigint, denominator: bigint): Complex => {
    // An odd root of a negative number is the real one, as in school.
    if (denominator % 2n === 1n && isReal(of) && of.re < 0) {
      const positive = arithmetic.generalPower(
        { re: -of.re, im: 0, error: of.error },
        complex(Number(numerator) / Number(denominator)),
      )
      return numerator % 2n === 0n ? positive : arithmetic.negate(positive)
    }
    if (denominator === 2n) return arithmetic.integerPower(arithmetic.squareRoot(of), numerator)
    return arithmetic.generalPower(of, complex(Number(numerator) / Number(denominator)))
  }
  return {
    rational: (numerator, denominator) => counted(complex(toDouble({ numerator, denominator }))),
    constant: (name) => (name === 'i' ? { re: 0, im: 1, error: 0 } : complex(name === 'pi' ? Math.PI : Math.E)),
    add: (a, b) => counted(arithmetic.add(a, b)),
    multiply: (a, b) => counted(arithmetic.multiply(a, b)),
    divide: (a, b) => counted(arithmetic.divide(a, b)),
    negate: arithmetic.negate,
    integerPower: (of, exponent) => counted(arithmetic.integerPower(of, exponent)),
    rationalPower: (of, numerator, denominator) => counted(rationalPower(of, numerator, denominator)),
    power: (of, exponent) => {
      budget.spend(2)
      const nearest = Math.round(exponent.re)
      const isWhole =
        isReal(exponent) && Math.abs(exponent.re - nearest) <= 4 * exponent.error && Math.abs(nearest) <= 1024
      return counted(isWhole ? arithmetic.integerPower(of, BigInt(nearest)) : arithmetic.generalPower(of, exponent))
    },
    call: (name, values) => {
      budget.spend(4)
      return counted(callComplex(name, values, base))
    },
    opaque: (name, values) => {
      budget.spend(4)
      let seed = 0.5
      for (const letter of name) seed = (seed * 31 + (letter.codePointAt(0) ?? 0) * 0.618) % 7
      let sum = complex(1 + seed)
      for (const [index, value] of values.entries()) {
        // Neither even nor odd, nor periodic, so that it has no property that the name does not say.
        const turned = arithmetic.add(arithmetic.multiply(value, complex(1 + seed + index * 0.37)), complex(0.7 + seed))
        const bent = arithmetic.add(arithmetic.multiply(arithmetic.multiply(value, value), complex(0.19)), complex(0.2))
        sum = arithmetic.add(sum, arithmetic.add(callComplex('sin', [turned], base), callComplex('cos', [bent], base)))
      }
      return sum
    },
  }
}
