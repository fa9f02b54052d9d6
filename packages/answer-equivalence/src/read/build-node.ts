import { limits, Undecidable } from '../limits.ts'
import { Malformed } from './errors.ts'
import { type Node, whole } from './node.ts'
import { render } from './render.ts'

/** The constant ∞. */
export const infinity: Node = { kind: 'constant', name: 'infinity' }

/** The constant ∞, without a sign. */
export function isInfinity(node: Node): boolean {
  return node.kind === 'constant' && node.name === 'infinity'
}

/** An integer or a decimal number, with an exponent of ten perhaps. Throws Undecidable when that exponent is beyond the limits. */
export function numberNode(text: string): Node {
  const [mantissa = '', exponent] = text.split(/[eE]/)
  const [before = '', after] = mantissa.split('.')
  const power = exponent === undefined ? 0 : Number(exponent)
  if (Math.abs(power) > limits.digits) throw new Undecidable('an exponent of ten is too large')
  const digits = BigInt(before + (after ?? '') || '0')
  const shift = power - (after?.length ?? 0)
  const decimals = after === undefined && exponent === undefined ? null : Math.max(0, -shift)
  return shift >= 0
    ? { kind: 'number', numerator: digits * 10n ** BigInt(shift), denominator: 1n, decimals }
    : { kind: 'number', numerator: digits, denominator: 10n ** BigInt(-shift), decimals }
}

/** A decimal number, perhaps without digits after its point, whose `period` repeats after them. */
export function repeatingNumber(text: string, period: string): Node {
  const [before = '0', after = ''] = text.split('.')
  const scale = 10n ** BigInt(after.length)
  const nines = 10n ** BigInt(period.length) - 1n
  const numerator = BigInt(before + after) * nines + BigInt(period)
  return { kind: 'number', numerator, denominator: scale * nines, decimals: null }
}

/** The number that digits and letters write in a base from 2 to 36; null when one of them is no digit of it. */
export function basedNumber(digits: string, base: number): Node | null {
  let value = 0n
  for (const digit of digits.toUpperCase()) {
    const worth = Number.parseInt(digit, 36)
    if (Number.isNaN(worth) || worth >= base) return null
    value = value * BigInt(base) + BigInt(worth)
  }
  return { kind: 'based', digits: digits.toUpperCase().replace(/^0+(?=.)/, ''), base, value }
}

/** The digits that a node before the subscript of a base writes: BA in a product of variables, 21 as a number; null when there are none. */
export function digitsOf(node: Node): string | null {
  if (node.kind === 'number') return node.decimals === null ? node.numerator.toString() : null
  return lettersOf(node)
}

/** The letters of a product of variables, as the digits BA of a number in base 16; null when it is something else. */
export function lettersOf(node: Node): string | null {
  if (node.kind !== 'product') return null
  let letters = ''
  for (const factor of node.factors) {
    if (factor.kind === 'constant' && factor.name === 'e') letters += 'E'
    else if (factor.kind === 'variable' && /^[A-F]$/.test(factor.name)) letters += factor.name
    else return null
  }
  return letters
}

/** The call of a function. */
export function called(name: string, ...parts: readonly Node[]): Node {
  return { kind: 'function', name, arguments: parts }
}

/** Combinations for the letter C, else ordered selections. */
export function countOf(letter: string, n: Node, k: Node): Node {
  if (letter === 'C') return called('binomial', n, k)
  const rest: Node = { kind: 'sum', terms: [n, { kind: 'negative', of: k }] }
  return { kind: 'quotient', above: called('factorial', n), below: called('factorial', rest) }
}

/** `of ∈ ℤ` and its like. */
export function memberOf(of: Node, region: 'R' | 'Z' | 'N'): Node {
  return { kind: 'relation', sides: [of, { kind: 'region', name: region }], signs: ['∈'] }
}

/** `\mathbb{R}` with its mark: `R^+` is an interval; a mark that says nothing here makes a variable of it. */
export function markedRegion(letter: 'R' | 'Z' | 'N' | 'Q' | 'C', sign: string, mark: string): Node {
  const positive = mark === '+' || mark === '>0'
  const zero = whole(0)
  if (positive && letter === 'R') return { kind: 'sequence', open: '(', close: ')', items: [zero, infinity] }
  if (positive && letter === 'Z') return { kind: 'region', name: 'N' }
  if (mark === '-' && letter === 'R')
    return { kind: 'sequence', open: '(', close: ')', items: [{ kind: 'negative', of: infinity }, zero] }
  return { kind: 'variable', name: `${letter}${sign}${mark}` }
}

/** A condition without which the answer does not hold. */
export function proviso(condition: Node): Node {
  return condition.kind === 'labelled' && condition.label === 'if'
    ? condition
    : { kind: 'labelled', label: 'if', of: condition }
}

/** The items of a list without brackets; any other node is the only one. */
export function itemsIn(node: Node): readonly Node[] {
  return node.kind === 'sequence' && node.open === '' ? node.items : [node]
}

/** A variable with an arrow, perhaps with a sign. */
export function isVector(node: Node): boolean {
  return node.kind === 'variable' ? node.name.startsWith('vec ') : node.kind === 'negative' && isVector(node.of)
}

/** d, dx or d²y, as stand above and below in a derivative. */
export function isDifferential(node: Node): boolean {
  if (node.kind === 'product') return node.factors[0] !== undefined && isDifferential(node.factors[0])
  if (node.kind === 'power') return isDifferential(node.base)
  return node.kind === 'variable' && (node.name === 'd' || node.name.startsWith('∂'))
}

/** One factor is itself. */
export function productOf(factors: readonly Node[]): Node {
  const [only] = factors
  return only !== undefined && factors.length === 1 ? only : { kind: 'product', factors }
}

/** A set of real numbers that has a name, or an operation on sets. */
export function isRegion(node: Node | undefined): boolean {
  return node !== undefined && (node.kind === 'region' || node.kind === 'set-operation')
}

/** The parts of a fraction of whole numbers below one, as after the whole of a mixed number. */
export function isProper(above: Node, below: Node): boolean {
  return (
    above.kind === 'number' &&
    below.kind === 'number' &&
    above.decimals === null &&
    below.decimals === null &&
    above.numerator < below.numerator
  )
}

/**
 * The list of items; one alone is itself. `k\pi, k \in \mathbb{Z}`: relations that restrict a letter of what stands before them are its
 * conditions. Throws Malformed when there are no items.
 */
export function withConditions(items: readonly Node[], joint: 'and' | 'or' | undefined): Node {
  const [first] = items
  if (first === undefined) throw new Malformed('nothing stands there')
  if (items.length === 1) return first
  let last = items.length
  while (last > 1 && (isRestriction(items[last - 1]) || isDomain(items[last - 1], first))) last--
  if (last === items.length || items.slice(0, last).every(isRestriction)) return listOf(items, joint)
  const of = last === 1 ? first : listOf(items.slice(0, last), joint)
  return { kind: 'conditional', of, conditions: items.slice(last) }
}

function listOf(items: readonly Node[], joint: 'and' | 'or' | undefined): Node {
  return { kind: 'sequence', open: '', close: '', items, ...(joint === undefined ? {} : { joint }) }
}

/** `y = x^2, x > 0`: a bound of a letter of the right side. */
function isDomain(node: Node | undefined, of: Node): boolean {
  if (
    node?.kind !== 'relation' ||
    of.kind !== 'relation' ||
    of.signs[0] !== '=' ||
    node.signs.some((sign) => !/[<>≤≥≠]/.test(sign))
  )
    return false
  const [name, value] = of.sides
  const letters = node.sides.flatMap((side) => (side.kind === 'variable' ? [side.name] : []))
  return (
    value !== undefined &&
    name !== undefined &&
    letters.length === 1 &&
    render(value).includes(letters[0] ?? '?') &&
    render(name) !== letters[0]
  )
}

function isRestriction(node: Node | undefined): boolean {
  if (node === undefined) return false
  if (node.kind === 'text') return /\binteger/.test(node.words) && /\s/.test(node.words)
  return (
    node.kind === 'relation' &&
    node.signs.every((sign) => sign === '∈' || sign === '∉') &&
    node.sides.some(({ kind }) => kind === 'region')
  )
}
