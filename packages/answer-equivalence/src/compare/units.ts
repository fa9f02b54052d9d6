import { own } from '../own.ts'
import type { Node } from '../read/node.ts'
import { notOfUnits } from '../read/vocabulary.ts'

/** A unit as a product of base units: what it measures, and how many base units it is. */
export interface Unit {
  /** Base units with their exponents, as `m^1 s^-1`; of a counted thing its words. */
  readonly dimension: string
  readonly scale: number
  readonly words: readonly string[]
}

type Known = readonly [dimension: string, scale: number]

const table: Readonly<Record<string, Known>> = build({
  m: [
    ['m meter metre', 1],
    ['km kilometer kilometre', 1000],
    ['cm centimeter centimetre', 0.01],
    ['mm millimeter millimetre', 0.001],
    ['μm um micrometer micron', 1e-6],
    ['nm nanometer', 1e-9],
    ['in inch inche', 0.0254],
    ['ft foot feet', 0.3048],
    ['yd yard', 0.9144],
    ['mi mile', 1609.344],
  ],
  s: [
    ['s sec second', 1],
    ['ms millisecond', 0.001],
    ['μs us microsecond', 1e-6],
    ['ns nanosecond', 1e-9],
    ['min minute mins', 60],
    ['h hr hour hrs', 3600],
    ['day', 86400],
    ['week', 604800],
    ['year yr', 31557600],
    ['month', 2629800],
  ],
  g: [
    ['g gram', 1],
    ['kg kilogram kilo', 1000],
    ['mg milligram', 0.001],
    ['lb lbs pound', 453.59237],
    ['oz ounce', 28.349523125],
    ['ton', 907184.74],
    ['tonne', 1e6],
  ],
  litre: [
    ['l liter litre', 1],
    ['ml milliliter millilitre', 0.001],
    ['cl centiliter', 0.01],
    ['dl deciliter', 0.1],
    ['gallon gal', 3.785411784],
    ['quart qt', 0.946352946],
    ['pint pt', 0.473176473],
    ['cup', 0.2365882365],
  ],
  dollar: [
    ['$ dollar usd us buck', 1],
    ['cent ¢ penny pennies', 0.01],
  ],
  euro: [['€ euro eur', 1]],
  sterling: [['£ gbp', 1]],
  yen: [['¥ yen jpy', 1]],
  rupee: [['₹ rs inr rupee', 1]],
  degree: [['degree deg °', 1]],
  radian: [['radian rad', 1]],
  celsius: [['°c celsius', 1]],
  fahrenheit: [['°f fahrenheit', 1]],
  kelvin: [['k kelvin', 1]],
  newton: [
    ['n newton', 1],
    ['kn kilonewton', 1000],
  ],
  joule: [
    ['j joule', 1],
    ['kj kilojoule', 1000],
  ],
  watt: [
    ['w watt', 1],
    ['kw kilowatt', 1000],
  ],
  volt: [['v volt', 1]],
  ampere: [['a amp ampere', 1]],
  hertz: [
    ['hz hertz', 1],
    ['khz kilohertz', 1000],
    ['mhz megahertz', 1e6],
  ],
  mole: [['mol mole', 1]],
  pascal: [
    ['pa pascal', 1],
    ['kpa kilopascal', 1000],
  ],
})

function build(
  rows: Readonly<Record<string, readonly (readonly [names: string, scale: number])[]>>,
): Record<string, Known> {
  const known: Record<string, Known> = {}
  for (const [dimension, units] of Object.entries(rows))
    for (const [names, scale] of units) for (const name of names.split(' ')) known[name] = [dimension, scale]
  return known
}

const abbreviations: Readonly<Record<string, string>> = {
  mph: 'mile per hour',
  kph: 'km per hour',
  fps: 'foot per second',
}

/** Counting words that stand for one thing of no kind. */
const idle: ReadonlySet<string> = new Set([
  'of',
  'the',
  'a',
  'an',
  'in',
  'total',
  'units',
  'unit',
  'each',
  'more',
  'long',
  'old',
  'away',
  'tall',
  'wide',
  'high',
  'left',
  'long',
  'apart',
])

const multipliers: Readonly<Record<string, number>> = {
  hundred: 100,
  thousand: 1000,
  million: 1e6,
  billion: 1e9,
  trillion: 1e12,
  dozen: 12,
}

/** The unit that the words after a number name, or null when they are no unit: a denial, a hedge, the rest of a sentence. */
export function readUnit(text: string): Unit | null {
  const words = text
    .split(/\s+/)
    .flatMap((word) => (own(abbreviations, word.toLowerCase()) ?? word).split(' '))
    .filter((word) => word !== '')
  if (words.length > 8 || words.some((word) => notOfUnits.has(word.toLowerCase()) && word.length > 1)) return null
  const powers = new Map<string, number>()
  const counted: string[] = []
  let scale = 1
  let sign = 1
  let pending = 1
  for (const word of words) {
    const lower = word.toLowerCase()
    if (lower === 'per' || lower === 'a' || lower === 'an') {
      if (lower === 'per') sign = -1
      continue
    }
    if (lower === 'square' || lower === 'sq' || lower === 'squared') pending = 2
    else if (lower === 'cubic' || lower === 'cu' || lower === 'cubed') pending = 3
    else if (own(multipliers, lower) !== undefined) scale *= own(multipliers, lower) ?? 1
    else {
      const [name = '', power] = word.split('^')
      const exponent = sign * pending * (power === undefined ? 1 : exponentOf(power))
      const found = lookUp(name)
      if (found === null) {
        if (!idle.has(lower)) counted.push(singular(lower))
      } else {
        powers.set(found[0], (powers.get(found[0]) ?? 0) + exponent)
        scale *= found[1] ** exponent
      }
      pending = 1
    }
  }
  const measured = [...powers].filter(([, exponent]) => exponent !== 0).map(([name, exponent]) => `${name}^${exponent}`)
  return { dimension: measured.sort().join(' '), scale, words: counted }
}

function exponentOf(text: string): number {
  const value = Number(text.replace(/[()]/g, ''))
  return Number.isInteger(value) && Math.abs(value) < 10 ? value : 1
}

function lookUp(name: string): Known | null {
  if (name.length === 1 && name !== name.toLowerCase() && !/[LNJWVAK]/.test(name)) return null
  const lower = name.toLowerCase().replace(/\.$/, '')
  return own(table, lower) ?? own(table, singular(lower)) ?? null
}

function singular(word: string): string {
  if (word.length > 3 && word.endsWith('ies')) return `${word.slice(0, -3)}y`
  return word.length > 2 && word.endsWith('s') && !word.endsWith('ss') ? word.slice(0, -1) : word
}

/**
 * What to multiply a number in `answer` by to have it in `gold`; null when they measure different things. Of counted things one may be
 * said in more words than the other: children's tickets are tickets.
 */
export function conversion(gold: Unit, answer: Unit): number | null {
  if (gold.dimension !== answer.dimension) return null
  const [fewer, more] =
    gold.words.length <= answer.words.length ? [gold.words, answer.words] : [answer.words, gold.words]
  if (!fewer.every((word) => more.includes(word))) return null
  if (fewer.length === 0 && more.length > 0 && gold.dimension === '') return answer.scale / gold.scale
  return answer.scale / gold.scale
}

/** A number with what stands around it: its unit's words, percent, degrees. */
export interface Amount {
  readonly of: Node
  readonly unit: string | null
  readonly percent: boolean
}

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
    default:
      return { of: node, unit: null, percent: false }
  }
}
