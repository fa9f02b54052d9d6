import { own } from '../own.ts'
import type { Node } from '../read/node.ts'
import { notOfUnits } from '../read/vocabulary.ts'

/** A unit as a product of base units: what it measures, and how many base units it is. */
export interface Unit {
  /** Base units with their exponents, as `m^1 s^-1`. */
  readonly dimension: string
  readonly scale: number
  /** How many the words say besides: a million, a dozen, half. Part of the scale. */
  readonly multiplier: number
  /** Degrees from which the scale is counted, for temperatures. */
  readonly offset: number
  /** What is counted, and units that are not known: in lower case, in the singular. */
  readonly words: readonly string[]
}

interface Known {
  readonly powers: Readonly<Record<string, number>>
  readonly scale: number
  readonly offset?: number
}

const prefixes: Readonly<Record<string, number>> = {
  a: 1e-18,
  f: 1e-15,
  p: 1e-12,
  n: 1e-9,
  μ: 1e-6,
  u: 1e-6,
  m: 1e-3,
  c: 1e-2,
  d: 1e-1,
  k: 1e3,
  M: 1e6,
  G: 1e9,
  T: 1e12,
}

/** Symbols that take a prefix. Case counts: mW is no MW. */
const symbols: Readonly<Record<string, Known>> = {
  m: { powers: { m: 1 }, scale: 1 },
  g: { powers: { g: 1 }, scale: 1 },
  s: { powers: { s: 1 }, scale: 1 },
  L: { powers: { m: 3 }, scale: 1e-3 },
  l: { powers: { m: 3 }, scale: 1e-3 },
  A: { powers: { A: 1 }, scale: 1 },
  K: { powers: { K: 1 }, scale: 1 },
  mol: { powers: { mol: 1 }, scale: 1 },
  Hz: { powers: { s: -1 }, scale: 1 },
  N: { powers: { g: 1, m: 1, s: -2 }, scale: 1e3 },
  J: { powers: { g: 1, m: 2, s: -2 }, scale: 1e3 },
  W: { powers: { g: 1, m: 2, s: -3 }, scale: 1e3 },
  Wh: { powers: { g: 1, m: 2, s: -2 }, scale: 3.6e6 },
  Pa: { powers: { g: 1, m: -1, s: -2 }, scale: 1e3 },
  C: { powers: { A: 1, s: 1 }, scale: 1 },
  V: { powers: { g: 1, m: 2, s: -3, A: -1 }, scale: 1e3 },
  F: { powers: { g: -1, m: -2, s: 4, A: 2 }, scale: 1e-3 },
  Ω: { powers: { g: 1, m: 2, s: -3, A: -2 }, scale: 1e3 },
  ohm: { powers: { g: 1, m: 2, s: -3, A: -2 }, scale: 1e3 },
  eV: { powers: { g: 1, m: 2, s: -2 }, scale: 1.602176634e-16 },
  cal: { powers: { g: 1, m: 2, s: -2 }, scale: 4184 },
  Å: { powers: { m: 1 }, scale: 1e-10 },
  erg: { powers: { g: 1, m: 2, s: -2 }, scale: 1e-4 },
}

/** Abbreviations without prefixes, and names; names in lower case, in the singular. */
const named: Readonly<Record<string, Known>> = table(`
  m 1: meter metre | m 1000: kilometer kilometre | m 0.01: centimeter centimetre | m 0.001: millimeter millimetre
  m 0.0254: in inch inche | m 0.3048: ft foot feet | m 0.9144: yd yard | m 1609.344: mi mile | m 1e-6: micrometer micron | m 1e-9: nanometer | m 1e-10: Å å angstrom ångström
  s 1: sec second | s 0.001: millisecond | s 60: min mins minute | s 3600: h hr hrs hour | s 86400: day | s 604800: week | s 31557600: yr year
  s 2629800: month
  g 1: gram | g 1000: kilogram kilo | g 0.001: milligram | g 453.59237: lb lbs pound | g 28.349523125: oz ounce | g 907184.74: ton | g 1e6: tonne
  vol 1e-3: liter litre | vol 1e-6: milliliter millilitre cc | vol 3.785411784e-3: gal gallon | vol 9.46352946e-4: qt quart
  vol 4.73176473e-4: pt pint | vol 2.365882365e-4: cup
  $ 1: $ dollar usd us buck | $ 0.01: cent ¢ penny pennie | € 1: € euro eur | £ 1: £ gbp | ¥ 1: ¥ yen jpy | ₹ 1: ₹ rs inr rupee
  m 1000: км | m 1: м | m 0.01: см | m 0.001: мм | g 1000: кг | g 1: г | s 60: мин | s 3600: ч
  degree 1: degree deg ° | radian 1: radian rad | A 1: amp ampere | K 1: kelvin | mol 1: mole
`)

function table(text: string): Record<string, Known> {
  const known: Record<string, Known> = {}
  for (const entry of text.split(/[|\n]/)) {
    const [, base = '', scale = '1', names = ''] = /^\s*(\S+) (\S+): (.+?)\s*$/.exec(entry) ?? []
    const powers: Record<string, number> = base === 'vol' ? { m: 3 } : { [base]: 1 }
    for (const name of names.split(' ').filter((each) => each !== '')) known[name] = { powers, scale: Number(scale) }
  }
  const alias: Readonly<Record<string, string>> = {
    ohm: 'Ω',
    kiloohm: 'kΩ',
    newton: 'N',
    joule: 'J',
    watt: 'W',
    volt: 'V',
    pascal: 'Pa',
    hertz: 'Hz',
    coulomb: 'C',
    farad: 'F',
    kilonewton: 'kN',
    kilojoule: 'kJ',
    kilowatt: 'kW',
    megawatt: 'MW',
    kilohertz: 'kHz',
    megahertz: 'MHz',
    kilopascal: 'kPa',
    calorie: 'cal',
    milliampere: 'mA',
  }
  for (const [name, symbol] of Object.entries(alias)) {
    const unit = symbolOf(symbol)
    if (unit !== null) known[name] = unit
  }
  for (const name of ['°c', 'celsius', '°C']) known[name] = { powers: { K: 1 }, scale: 1, offset: 273.15 }
  for (const name of ['°f', 'fahrenheit', '°F']) known[name] = { powers: { K: 1 }, scale: 5 / 9, offset: 459.67 }
  return known
}

function symbolOf(name: string): Known | null {
  // Halves of a day.
  if (name === 'am' || name === 'pm') return null
  const plain = own(symbols, name)
  if (plain !== undefined) return plain
  const [prefix = '', rest] = [name.slice(0, 1), name.slice(1)]
  const scale = own(prefixes, prefix)
  const unit = own(symbols, rest)
  return scale === undefined || unit === undefined ? null : { powers: unit.powers, scale: unit.scale * scale }
}

const abbreviations: Readonly<Record<string, string>> = {
  mph: 'mile per hour',
  kph: 'km per hour',
  fps: 'foot per second',
  kmh: 'km per hour',
}

/** Words that add nothing to what is counted. */
const idle: ReadonlySet<string> = new Set(
  'of the a an in total units unit each more long old away tall wide high left apart altogether exactly'.split(' '),
)

const multipliers: Readonly<Record<string, number>> = {
  hundred: 100,
  thousand: 1000,
  million: 1e6,
  billion: 1e9,
  trillion: 1e12,
  dozen: 12,
  lakh: 1e5,
  crore: 1e7,
  score: 20,
  half: 0.5,
  halve: 0.5,
  third: 1 / 3,
  quarter: 0.25,
  fourth: 0.25,
  fifth: 0.2,
  sixth: 1 / 6,
  tenth: 0.1,
  hundredth: 0.01,
  thousandth: 1e-3,
  millionth: 1e-6,
}

const directions: ReadonlySet<string> = new Set(
  'north south east west up down upward downward left right clockwise counterclockwise anticlockwise'.split(' '),
)

/** A word in other languages that denies. */
const denials =
  /^(?:nicht|kein\w*|falsch|pas|faux|aucune?|incorrecto|falso|неверно|не|нет|nope|nah|ish|onwards?|minimum|maximum)$|[错非没不]/i

/** The unit that the words after a number name, or null when they are no unit: a denial, a hedge, the rest of a sentence. */
export function readUnit(text: string): Unit | null {
  const words = text
    .split(/\s+/)
    .flatMap((word) => (own(abbreviations, word.toLowerCase()) ?? word).split(' '))
    .filter((word) => word !== '')
  if (words.length > 8) return null
  if (words.some((word) => (notOfUnits.has(word.toLowerCase()) && word.length > 1) || denials.test(word))) return null
  const powers = new Map<string, number>()
  const counted: string[] = []
  let scale = 1
  let multiplier = 1
  let offset = 0
  let sign = 1
  let pending = 1
  let last: { readonly unit: Known; readonly exponent: number } | null = null
  const add = (unit: Known, exponent: number): void => {
    for (const [base, power] of Object.entries(unit.powers))
      powers.set(base, (powers.get(base) ?? 0) + power * exponent)
    scale *= unit.scale ** exponent
  }
  for (const [index, word] of words.entries()) {
    const lower = word.toLowerCase()
    if (lower === 'per' || (index > 0 && (lower === 'a' || lower === 'an'))) {
      sign = -1
      continue
    }
    const raised = /^(?:square|sq|squared)$/.test(lower) ? 2 : /^(?:cubic|cu|cubed)$/.test(lower) ? 3 : null
    const times = own(multipliers, singular(lower))
    if (raised !== null) {
      // "meters squared", "per second squared"; before the unit, "square meters".
      if (/d$/.test(lower)) {
        if (last === null) return null
        add(last.unit, last.exponent * (raised - 1))
      } else pending = raised
    } else if (times !== undefined) {
      scale *= times
      multiplier *= times
    } else {
      const [name = '', power] = word.split('^')
      const exponent = sign * pending * (power === undefined ? 1 : exponentOf(power))
      const unit = lookUp(name)
      if (Number.isNaN(exponent)) return null
      if (unit !== null) {
        add(unit, exponent)
        offset = unit.offset ?? offset
        last = { unit, exponent }
      } else if (!(lower === 'degrees' || lower === 'degree') && !idle.has(name.toLowerCase()))
        counted.push(`${sign === -1 ? 'per ' : ''}${name.length <= 3 ? word : singular(lower)}`)
      pending = 1
    }
  }
  // "degrees Celsius"
  if (offset !== 0 && powers.get('degree') !== undefined) powers.delete('degree')
  const measured = [...powers].filter(([, exponent]) => exponent !== 0).map(([name, exponent]) => `${name}^${exponent}`)
  return { dimension: measured.sort().join(' '), scale, multiplier, offset, words: counted }
}

function exponentOf(text: string): number {
  const value = Number(text.replace(/[()]/g, ''))
  return Number.isInteger(value) && Math.abs(value) < 100 ? value : Number.NaN
}

function lookUp(name: string): Known | null {
  const plain = name.replace(/\.$/, '')
  const symbol = symbolOf(plain)
  if (symbol !== null) return symbol
  const lower = plain.toLowerCase()
  // A name, or an abbreviation in capitals; other cases of symbols are other units.
  if (
    plain.length > 3 ||
    plain === lower ||
    /^(?:USD|EUR|GBP|INR|Rs|US|KM|CM|MM|KG|LB|FT|HR|MIN|SEC|°[CF])$/.test(plain)
  )
    return (
      own(named, plain) ??
      own(named, lower) ??
      own(named, singular(lower)) ??
      symbolOf(/^(?:KM|CM|MM|KG)$/.test(plain) ? lower : '')
    )
  return null
}

function singular(word: string): string {
  if (word.length > 3 && word.endsWith('ies')) return `${word.slice(0, -3)}y`
  if (/^hal(?:f|ves)$/.test(word)) return 'half'
  return word.length > 2 && word.endsWith('s') && !word.endsWith('ss') ? word.slice(0, -1) : word
}

/**
 * What to multiply a number in `answer` by to have it in `gold`; null when they measure different things. Of counted things one may be
 * said in more words than the other: children's tickets are tickets. Directions are no such words.
 */
export function conversion(gold: Unit, answer: Unit): number | null {
  if (gold.dimension !== answer.dimension) return null
  const [fewer, more] =
    gold.words.length <= answer.words.length ? [gold.words, answer.words] : [answer.words, gold.words]
  if (!fewer.every((word) => more.includes(word))) return null
  if (gold.words.join(' ') !== answer.words.join(' ') && more.some((word) => directions.has(word))) return null
  return answer.scale / gold.scale
}

/** A number with what stands around it: its unit's words, percent, degrees. */
export interface Amount {
  readonly of: Node
  readonly unit: string | null
  readonly percent: boolean
}

/** What a node is an amount of; units inside each other stand in their order. */
export function amountOf(node: Node): Amount {
  switch (node.kind) {
    case 'quantity': {
      const inner = amountOf(node.of)
      if (/^(?:percent|per cent|percentage points?)$/i.test(node.unit)) return { ...inner, percent: true }
      return { ...inner, unit: inner.unit === null ? node.unit : `${inner.unit} ${node.unit}` }
    }
    case 'percent':
      return { ...amountOf(node.of), percent: true }
    case 'degrees':
      return { of: node.of, unit: 'degrees', percent: false }
    case 'negative': {
      const inner = amountOf(node.of)
      return inner.unit === null && !inner.percent
        ? { of: node, unit: null, percent: false }
        : { ...inner, of: { kind: 'negative', of: inner.of } }
    }
    case 'sum':
      return together(node.terms) ?? { of: node, unit: null, percent: false }
    default:
      return { of: node, unit: null, percent: false }
  }
}

/** `1 hour 30 minutes`, `144 miles - 90 miles`: in the unit of the first; null when they are no quantities of one kind. */
function together(terms: readonly Node[]): Amount | null {
  const amounts = terms.map(amountOf)
  const [first] = amounts
  const unit = first?.unit == null ? null : readUnit(first.unit)
  if (first === undefined || unit === null) return null
  const parts: Node[] = []
  for (const amount of amounts) {
    const other = amount.unit === null ? null : readUnit(amount.unit)
    const factor = other === null ? null : conversion(unit, other)
    if (factor === null) return null
    parts.push(factor === 1 ? amount.of : { kind: 'product', factors: [amount.of, decimalNode(factor)] })
  }
  return { of: { kind: 'sum', terms: parts }, unit: first.unit, percent: false }
}

/** A factor between units: the fraction of small numbers that it is, as 5/18 between km/h and m/s, else to twelve digits. */
export function decimalNode(factor: number): Node {
  for (let denominator = 1; denominator <= 3600; denominator++) {
    for (const [above, below] of [
      [factor * denominator, denominator],
      [denominator, denominator / factor],
    ] as const) {
      const [p, q] = [Math.round(above), Math.round(below)]
      if (p > 0 && q > 0 && p < 1e9 && q < 1e9 && Math.abs(p / q / factor - 1) < 1e-13)
        return { kind: 'number', numerator: BigInt(p), denominator: BigInt(q), decimals: null }
    }
  }
  const [mantissa = '1', exponent = '0'] = factor.toPrecision(12).split('e')
  const [before = '', after = ''] = mantissa.split('.')
  const shift = Number(exponent) - after.length
  return {
    kind: 'number',
    numerator: BigInt(before + after) * 10n ** BigInt(Math.max(0, shift)),
    denominator: 10n ** BigInt(Math.max(0, -shift)),
    decimals: null,
  }
}
