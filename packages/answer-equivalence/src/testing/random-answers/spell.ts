import type { Expression } from './expression.ts'
import type { Random } from './random.ts'

/** How tightly a spelling holds together: a sum, a product, a power, or one thing. */
const bind = { sum: 1, product: 2, power: 3, atom: 4 } as const

interface Spelling {
  readonly text: string
  readonly binds: number
  /** May stand directly behind another factor without a sign between them. */
  readonly juxtaposes: boolean
}

/** An expression in LaTeX, in one of the many ways that people and models write it. */
export function spell(expression: Expression, random: Random): string {
  return spelling(expression, random).text
}

function spelling(expression: Expression, random: Random): Spelling {
  const inner = (of: Expression) => spelling(of, random)
  switch (expression.kind) {
    case 'integer':
      return { text: expression.value.toString(), binds: bind.atom, juxtaposes: false }
    case 'variable':
      return { text: expression.name, binds: bind.atom, juxtaposes: true }
    case 'negate':
      return {
        text: `${minus(random)}${held(inner(expression.of), bind.product, random)}`,
        binds: bind.sum,
        juxtaposes: false,
      }
    case 'sum':
      return { text: spellSum(expression.parts, random), binds: bind.sum, juxtaposes: false }
    case 'product':
      return { text: spellProduct(expression.parts.map(inner), random), binds: bind.product, juxtaposes: false }
    case 'quotient':
      return spellQuotient(inner(expression.over), inner(expression.under), random)
    case 'power':
      return {
        text: `${held(inner(expression.base), bind.atom, random)}^${spellExponent(expression.exponent, random)}`,
        binds: bind.power,
        juxtaposes: expression.base.kind !== 'integer',
      }
    case 'root':
      return spellRoot(inner(expression.of), expression.degree, random)
    case 'call':
      return spellCall(expression, random)
  }
}

function spellSum(parts: readonly Expression[], random: Random): string {
  return parts
    .map((part, index) => {
      if (index === 0) return held(spelling(part, random), part.kind === 'negate' ? bind.sum : bind.product, random)
      const subtracted = part.kind === 'negate'
      const term = held(spelling(subtracted ? part.of : part, random), bind.product, random)
      return `${gap(random)}${subtracted ? minus(random) : '+'}${gap(random)}${term}`
    })
    .join('')
}

function spellProduct(factors: readonly Spelling[], random: Random): string {
  return factors
    .map((factor, index) => {
      const bracketed = factor.binds < bind.power
      const text = held(factor, bind.power, random)
      if (index === 0) return text
      const close = (factor.juxtaposes || bracketed) && random.chance(0.6)
      return close
        ? `${random.pick(['', ' '])}${text}`
        : `${random.pick(['\\cdot ', ' \\times ', '*', ' \\cdot '])}${text}`
    })
    .join('')
}

function spellQuotient(over: Spelling, under: Spelling, random: Random): Spelling {
  if (random.chance(0.3)) {
    const text = `${held(over, bind.product, random)}${random.pick(['/', ' / '])}${held(under, bind.power, random)}`
    return { text, binds: bind.product, juxtaposes: false }
  }
  const command = random.pick(['\\frac', '\\dfrac', '\\tfrac', '\\frac', '\\cfrac'])
  const short = /^\d$/.test(over.text) && /^\d$/.test(under.text) && command !== '\\cfrac' && random.chance(0.2)
  const text = short ? `${command}${over.text}${under.text}` : `${command}{${over.text}}{${under.text}}`
  return { text, binds: bind.power, juxtaposes: false }
}

function spellExponent(exponent: Expression, random: Random): string {
  const { text } = spelling(exponent, random)
  return text.length === 1 && random.chance(0.5) ? text : `{${text}}`
}

function spellRoot(of: Spelling, degree: 2 | 3, random: Random): Spelling {
  if (random.chance(0.25)) {
    const exponent = random.pick([`1/${degree}`, `\\frac{1}{${degree}}`])
    return { text: `${held(of, bind.atom, random)}^{${exponent}}`, binds: bind.power, juxtaposes: false }
  }
  const text = `\\sqrt${degree === 2 ? '' : `[${degree}]`}{${of.text}}`
  return { text, binds: bind.atom, juxtaposes: true }
}

function spellCall({ name, of }: Extract<Expression, { kind: 'call' }>, random: Random): Spelling {
  const { text, binds } = spelling(of, random)
  if (name === 'factorial')
    return {
      text: `${held({ text, binds, juxtaposes: false }, bind.atom, random)}!`,
      binds: bind.power,
      juxtaposes: false,
    }
  if (name === 'abs') {
    const bars = random.pick([
      ['|', '|'],
      ['\\left|', '\\right|'],
      ['\\lvert ', '\\rvert '],
    ] as const)
    return { text: `${bars[0]}${text}${bars[1]}`, binds: bind.atom, juxtaposes: false }
  }
  if (name === 'exp') {
    const spelled = random.pick([`e^{${text}}`, `\\exp(${text})`, `\\mathrm{e}^{${text}}`])
    return { text: spelled, binds: bind.power, juxtaposes: false }
  }
  return { text: `\\${name}${bracketed(text, random)}`, binds: bind.power, juxtaposes: true }
}

/** The text, in brackets where it holds together less tightly than its place asks. */
function held({ text, binds }: Spelling, needed: number, random: Random): string {
  return binds < needed ? bracketed(text, random) : text
}

function bracketed(text: string, random: Random): string {
  const [open, close] = random.pick([
    ['(', ')'],
    ['(', ')'],
    ['\\left(', '\\right)'],
    ['\\big(', '\\big)'],
  ] as const)
  return `${open}${text}${close}`
}

function minus(random: Random): string {
  return random.chance(0.15) ? '\u2212' : '-'
}

function gap(random: Random): string {
  return random.pick(['', ' ', ' ', '\\,', '\\;'])
}
