import type { AnswerKind } from './answer-kind.ts'
import { changeDigit } from './mutate.ts'
import type { Random } from './random.ts'
import { rational } from './rational.ts'

/** Numbers as numerals, with what may stand around them. */
export const numberAnswers: Readonly<Record<string, AnswerKind>> = {
  'a large number with or without separators of thousands': (random) => {
    const digits = randomDigits(random, 4 + random.below(9))
    return {
      spelled: () => signed(grouped(digits, random.pick(['', ',', '{,}', '\\,', ',\\!'])), false, random),
      missed: () => random.pick([changeDigit(digits, random), `-${digits}`, `${digits}0`, digits.slice(0, -1)]),
    }
  },
  'a decimal number or its fraction': (random) => {
    const whole = random.below(200)
    const decimals = `${random.below(100)}${random.pick([1, 2, 3, 5, 7])}`
    const negative = random.chance(0.3)
    const scale = 10n ** BigInt(decimals.length)
    const { over, under } = rational(BigInt(whole) * scale + BigInt(decimals), scale)
    const fraction = () => random.pick([`\\frac{${over}}{${under}}`, `${over}/${under}`, `\\dfrac{${over}}{${under}}`])
    return {
      spelled: () => signed(random.pick([`${whole}.${decimals}`, fraction()]), negative, random),
      missed: () => {
        const missed = random.pick([`${whole}.${changeDigit(decimals, random)}`, `\\frac{${over + 1n}}{${under}}`])
        return random.chance(0.2) ? signed(fraction(), !negative, random) : signed(missed, negative, random)
      },
    }
  },
  'a mixed number': (random) => {
    const under = 2 + random.below(20)
    const over = 1 + random.below(under - 1)
    const whole = 1 + random.below(30)
    const mixed = (parts: readonly number[]) => `${parts[0]}\\frac{${parts[1]}}{${parts[2]}}`
    return {
      spelled: () =>
        random.pick([
          mixed([whole, over, under]),
          `\\frac{${whole * under + over}}{${under}}`,
          `${whole} ${over}/${under}`,
        ]),
      missed: () =>
        random.pick([
          mixed([whole + 1, over, under]),
          `\\frac{${whole * over}}{${under}}`,
          `-${mixed([whole, over, under])}`,
        ]),
    }
  },
  'a number in scientific notation': (random) => {
    const digits = `${1 + random.below(9)}.${random.below(10)}${1 + random.below(9)}`
    const exponent = 3 + random.below(9)
    const [whole = '', decimals = ''] = digits.split('.')
    const times = () => random.pick(['\\times', '\\cdot'])
    return {
      spelled: () =>
        random.pick([`${digits} ${times()} 10^{${exponent}}`, `${whole}${decimals.padEnd(exponent, '0')}`]),
      missed: () =>
        random.pick([
          `${changeDigit(digits, random)} ${times()} 10^{${exponent}}`,
          `${digits} ${times()} 10^{${exponent + 1}}`,
          `${digits} ${times()} 10^{-${exponent}}`,
        ]),
    }
  },
  'a number in another base': (random) => {
    const base = 2 + random.below(8)
    const digits = `1${Array.from({ length: 2 + random.below(4) }, () => random.below(base)).join('')}`
    const written = (numeral: string, subscript: number) =>
      random.pick([`${numeral}_{${subscript}}`, `${numeral}_${subscript}`, `(${numeral})_{${subscript}}`])
    return {
      spelled: () => written(digits, base),
      missed: () => random.pick([written(digits, base + 1), written(`1${digits}`, base), written(`${digits}0`, base)]),
    }
  },
  'a number with a unit': (random) => {
    const units = ['cm', 'm', 'kg', 'g', 'km', 's', 'mm'] as const
    const number = String(1 + random.below(999))
    const unit = random.pick(units)
    const written = (amount: string, of: string) =>
      random.pick([
        `${amount} \\text{ ${of}}`,
        `${amount}\\,\\mathrm{${of}}`,
        `${amount}~\\text{${of}}`,
        `${amount}\\text{ ${of}}`,
        `${amount} \\mbox{ ${of}}`,
      ])
    return {
      spelled: () => written(number, unit),
      missed: () =>
        random.pick([
          written(String(Number(number) + 1), unit),
          written(number, random.pick(units.filter((each) => each !== unit))),
        ]),
    }
  },
}

/** A numeral that does not begin with zero. */
function randomDigits(random: Random, length: number): string {
  return `${1 + random.below(9)}${Array.from({ length: length - 1 }, () => random.below(10)).join('')}`
}

function grouped(digits: string, separator: string): string {
  return digits.replaceAll(/\B(?=(?:\d{3})+$)/g, () => separator)
}

function signed(text: string, negative: boolean, random: Random): string {
  return negative ? `${random.pick(['-', '-', '\u2212'])}${text}` : text
}
