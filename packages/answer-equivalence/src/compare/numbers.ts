import { exactValue } from '../evaluate/evaluate.ts'
import { identical, isNumber, realValue } from '../evaluate/identity.ts'
import { contains, namesOf } from '../evaluate/names.ts'
import { bitLength, compareRationals, type Rational, rational, toDouble } from '../evaluate/rational.ts'
import type { Budget } from '../limits.ts'
import { type Node, whole } from '../read/node.ts'
import { isUnevaluated } from './closed-form.ts'
import type { Comparison, Outcome } from './comparison.ts'
import { isCountable } from './countable.ts'
import { unitFromLetters } from './unit-letters.ts'
import { type Amount, amountOf, conversion, decimalNode, readUnit, type Unit } from './units.ts'

/**
 * Whether two amounts are the same: numbers or expressions, with units, percent signs and rounding as the options say.
 *
 * A unit that only one side has is taken as understood; units on both must measure the same. A decimal gold is met by what rounds to it, a
 * decimal answer of at least six digits meets the gold that it rounds. In strict mode neither.
 */
export function sameAmount(gold: Node, answer: Node, comparison: Comparison): Outcome {
  const based = sameBase(gold, answer, comparison)
  if (based !== undefined) return based
  const [left, right] = [amountOf(gold), amountOf(answer)]
  if (left.percent || right.percent) return samePercentage(left, right, comparison)
  if (left.unit === null && right.unit === null) {
    // "25 m^2" for a gold of 25: a power or a quotient of letters behind a number is a unit there.
    const read = namesOf([left.of]).all.size === 0 ? unitFromLetters(right.of) : null
    if (read !== null && /[\^]|per /.test(read.unit)) return sameAmount(gold, read, comparison)
    return sameNumber(left.of, right.of, comparison)
  }
  const [unit, other] = [
    left.unit === null ? null : readUnit(left.unit),
    right.unit === null ? null : readUnit(right.unit),
  ]
  if (right.unit !== null && other === null) return false
  if (left.unit !== null && unit === null) return null
  if (unit !== null && other !== null) {
    const factor = conversion(unit, other)
    if (factor === null) return angles(unit.dimension, other.dimension, left.of, right.of, comparison)
    if (unit.offset !== other.offset) return sameNumber(left.of, shifted(right.of, unit, other), comparison)
    if (factor === 1) return sameNumber(left.of, right.of, comparison)
    return sameNumber(left.of, scaled(right.of, factor), comparison)
  }
  if (comparison.options.strict === true) return false
  const present = unit ?? other
  // "5 million" is a number without a unit.
  if (present !== null && present.multiplier !== 1)
    return unit !== null
      ? sameNumber(scaled(left.of, unit.multiplier), right.of, comparison)
      : sameNumber(left.of, scaled(right.of, present.multiplier), comparison)
  const plain = sameNumber(left.of, right.of, comparison)
  // Words that may be anything but a unit leave it open whether the number is what is stated.
  if (plain === true && unit === null && other !== null && !other.words.every((word) => isCountable(word, right.of)))
    return null
  // "3 h" on the other side may mean the unit, not a variable.
  const read = plain === true || present === null ? null : unitFromLetters(unit === null ? left.of : right.of)
  if (read !== null) return unit === null ? sameAmount(read, answer, comparison) : sameAmount(gold, read, comparison)
  if (plain === true || present?.dimension !== 'degree^1') return plain
  // An angle in degrees on one side, in radians on the other.
  return unit !== null
    ? sameNumber(radians(left.of), right.of, comparison)
    : sameNumber(left.of, radians(right.of), comparison)
}

function angles(gold: string, answer: string, left: Node, right: Node, comparison: Comparison): Outcome {
  if (gold === 'degree^1' && answer === 'radian^1') return sameNumber(radians(left), right, comparison)
  if (gold === 'radian^1' && answer === 'degree^1') return sameNumber(left, radians(right), comparison)
  return false
}

function radians(of: Node): Node {
  return { kind: 'degrees', of }
}

function scaled(of: Node, factor: number): Node {
  return { kind: 'product', factors: [of, decimalNode(factor)] }
}

/** A temperature of another scale. */
function shifted(of: Node, gold: Unit, answer: Unit): Node {
  const absolute: Node = answer.offset === 0 ? of : { kind: 'sum', terms: [of, decimalNode(answer.offset)] }
  const scaledUp = scaled(absolute, answer.scale / gold.scale)
  return gold.offset === 0
    ? scaledUp
    : { kind: 'sum', terms: [scaledUp, { kind: 'negative', of: decimalNode(gold.offset) }] }
}

function samePercentage(gold: Amount, answer: Amount, comparison: Comparison): Outcome {
  if (gold.percent && answer.percent) return sameNumber(gold.of, answer.of, comparison)
  if (comparison.options.percent !== 'exact' && comparison.options.strict !== true) {
    const plain = sameNumber(gold.of, answer.of, comparison)
    if (plain === true) return plain
  }
  return gold.percent
    ? sameNumber(hundredth(gold.of), answer.of, comparison)
    : sameNumber(gold.of, hundredth(answer.of), comparison)
}

function hundredth(of: Node): Node {
  if (of.kind === 'number')
    return { ...of, denominator: of.denominator * 100n, decimals: of.decimals === null ? null : of.decimals + 2 }
  return { kind: 'quotient', above: of, below: whole(100) }
}

/** Undefined when neither side names a base. */
function sameBase(gold: Node, answer: Node, comparison: Comparison): Outcome | undefined {
  if (gold.kind === 'based' && answer.kind === 'based') return gold.value === answer.value
  if (gold.kind === 'based') {
    if (identical(gold, answer, comparison.budget) === true) return true
    if (answer.kind !== 'number' || answer.decimals !== null || answer.denominator !== 1n) return false
    // The question asked for the base; the digits are the answer.
    return comparison.options.strict !== true && gold.digits === answer.numerator.toString()
  }
  if (answer.kind === 'based') return identical(gold, answer, comparison.budget)
  return undefined
}

/** Numbers and expressions without units. */
export function sameNumber(gold: Node, answer: Node, comparison: Comparison): Outcome {
  const { budget, options } = comparison
  if (gold.kind === 'ratio' || answer.kind === 'ratio') return comparison.equal(gold, answer)
  // A bracket with several items in it is no number.
  if (contains(gold, isSequence) !== contains(answer, isSequence)) return false
  const residues = sameResidue(gold, answer, comparison)
  if (residues !== undefined) return residues
  if (isUnevaluated(answer) && !isUnevaluated(gold) && namesOf([gold]).all.size === 0) return false
  const same = identical(gold, answer, budget)
  if (same === true) return true
  if (lacksValue(gold, budget)) return null
  // "1 + 1/2 + …" is no number that is worked out; a gold with an ellipsis may have a closed form.
  if (hasEllipsis(gold) !== hasEllipsis(answer)) return hasEllipsis(gold) || namesOf([gold]).all.size > 0 ? null : false
  if (same === null && lacksValue(answer, budget)) return false
  const rounded =
    options.decimals !== undefined
      ? agreeAt(gold, answer, options.decimals, budget)
      : options.strict === true
        ? false
        : roundsTo(gold, answer, budget)
  return rounded ? true : same
}

/** Whether both round to the same number of so many decimals. */
function agreeAt(gold: Node, answer: Node, decimals: number, budget: Budget): boolean {
  const [left, right] = [roundedValue(gold, budget), roundedValue(answer, budget)]
  if (left === null || right === null) return false
  return roundAt(left, decimals) === roundAt(right, decimals) || withinHalf(left, right, decimals + 6)
}

function roundAt(value: Rational, decimals: number): bigint {
  const scaledUp = value.numerator * 10n ** BigInt(decimals) * 2n
  const twice = scaledUp / value.denominator
  // Half away from zero.
  return twice >= 0n ? (twice + 1n) / 2n : -((-twice + 1n) / 2n)
}

function withinHalf(a: Rational, b: Rational, decimals: number): boolean {
  const distance = difference(a, b)
  return compareRationals(distance, { numerator: 1n, denominator: 2n * 10n ** BigInt(decimals) }) <= 0
}

function difference(a: Rational, b: Rational): Rational {
  const numerator = a.numerator * b.denominator - b.numerator * a.denominator
  return { numerator: numerator < 0n ? -numerator : numerator, denominator: a.denominator * b.denominator }
}

/** The exact value, or the nearest double's; null when it is no finite real constant or too large to round. */
function roundedValue(node: Node, budget: Budget): Rational | null {
  const exact = exactValue(node, budget)
  if (exact !== null) return bitLength(exact.numerator) < 4000 && bitLength(exact.denominator) < 4000 ? exact : null
  const value = realValue(node, budget)
  if (value === null || !Number.isFinite(value) || Math.abs(value) > 1e200) return null
  return fromDouble(value)
}

function fromDouble(value: number): Rational {
  if (value === 0) return rational(0n)
  let scaledUp = value
  let shift = 0
  while (!Number.isInteger(scaledUp) && shift < 1074) {
    scaledUp *= 2
    shift++
  }
  return rational(BigInt(scaledUp), 1n << BigInt(shift))
}

/** `3 \\pmod 5` and `8 \\pmod 5` are one residue class. Undefined when neither is written so. */
function sameResidue(gold: Node, answer: Node, comparison: Comparison): Outcome | undefined {
  const [left, right] = [residueOf(gold), residueOf(answer)]
  if (left === null && right === null) return undefined
  if (left === null || right === null) {
    // Of one side only the representative counts.
    if (comparison.options.strict === true) return false
    const [value, other] = left === null ? [gold, right?.value ?? answer] : [left.value, answer]
    return (left ?? right)?.standsAlone === false ? undefined : identical(value, other, comparison.budget)
  }
  if (!left.standsAlone && !right.standsAlone) return undefined
  if (identical(left.modulus, right.modulus, comparison.budget) !== true) return false
  const apart: Node = { kind: 'sum', terms: [left.value, { kind: 'negative', of: right.value }] }
  const multiple = exactValue({ kind: 'quotient', above: apart, below: left.modulus }, comparison.budget)
  return multiple === null ? identical(left.value, right.value, comparison.budget) : multiple.denominator === 1n
}

function residueOf(node: Node): { readonly value: Node; readonly modulus: Node; readonly standsAlone: boolean } | null {
  if (node.kind !== 'function' || (node.name !== 'congruent' && node.name !== 'modulo')) return null
  const [value, modulus] = node.arguments
  return value === undefined || modulus === undefined
    ? null
    : { value, modulus, standsAlone: node.name === 'congruent' }
}

function isSequence(node: Node): boolean {
  return node.kind === 'sequence'
}

/** What stands for the terms between is only comparable with itself. */
function hasEllipsis(node: Node): boolean {
  // So is a function whose values are not known here.
  return (
    node.kind !== 'variable' &&
    contains(
      node,
      (each) =>
        (each.kind === 'variable' && each.name === '…') ||
        (each.kind === 'application' && /^(?:zeta|Gamma|psi)$/.test(each.name)),
    )
  )
}

/** Whether a constant is a division by zero, or reckons with infinity. */
function lacksValue(node: Node, budget: Budget): boolean {
  if (namesOf([node]).all.size > 0) return false
  if (!isNumber(node)) return true
  return contains(node, (each) => {
    if (each.kind !== 'quotient') return false
    const below = exactValue(each.below, budget)
    return below !== null && below.numerator === 0n
  })
}

interface Printed {
  readonly value: Rational
  /** Half of the last printed digit's worth. */
  readonly half: Rational
  /** The digits as printed, without a power of ten behind them. */
  readonly mantissa: Rational
  /** Digits from the first that is not zero. */
  readonly digits: number
}

/** A decimal number as it is printed: `3.14`, `-0.5`, `1.2 \times 10^{-3}`. */
function printed(node: Node, budget: Budget): Printed | null {
  if (node.kind === 'negative') {
    const inner = printed(node.of, budget)
    return inner === null ? null : { ...inner, value: { ...inner.value, numerator: -inner.value.numerator } }
  }
  if (node.kind === 'number') {
    if (node.decimals === null) return null
    const value = rational(node.numerator, node.denominator)
    const unit = 10n ** BigInt(node.decimals)
    const digits = ((value.numerator * unit) / value.denominator).toString().replace('-', '').replace(/^0+/, '').length
    return { value, half: { numerator: 1n, denominator: 2n * unit }, mantissa: value, digits }
  }
  if (node.kind !== 'product' || node.factors.length !== 2) return null
  const [mantissa, power] = node.factors
  if (
    mantissa === undefined ||
    power === undefined ||
    power.kind !== 'power' ||
    power.base.kind !== 'number' ||
    power.base.numerator !== 10n
  )
    return null
  const inner = printed(mantissa, budget)
  const scale = exactValue(power, budget)
  if (inner === null || scale === null) return null
  const times = (a: Rational): Rational => rational(a.numerator * scale.numerator, a.denominator * scale.denominator)
  return { ...inner, value: times(inner.value), half: times(inner.half) }
}

/** Whether a rational number has a finite decimal expansion; roots and the like have none. */
function isDecimal({ denominator }: Rational): boolean {
  let rest = denominator
  // Doubles stand for irrational numbers here: their denominators are large powers of two.
  if (rest > 1n << 40n) return false
  while (rest % 2n === 0n) rest /= 2n
  while (rest % 5n === 0n) rest /= 5n
  return rest === 1n
}

/** Whether one is a decimal number that the other rounds to; see `sameAmount`. */
function roundsTo(gold: Node, answer: Node, budget: Budget): boolean {
  const [ofGold, ofAnswer] = [printed(gold, budget), printed(answer, budget)]
  if (ofGold === null && ofAnswer === null) return false
  const [left, right] = [roundedValue(gold, budget), roundedValue(answer, budget)]
  if (left === null || right === null) return false
  const distance = difference(left, right)
  const relative = toDouble(distance) / Math.max(Math.abs(toDouble(left)), Number.MIN_VALUE)
  // Halves, quarters, fifths and eighths are exact as they are printed; others may be rounded.
  const rounded = ofGold !== null && ofGold.mantissa.denominator > 8n
  if (ofGold !== null && rounded && compareRationals(distance, ofGold.half) <= 0) {
    // A longer decimal must round to it closely; a fraction or a root is written exactly, so its rounding is meant.
    const terminates = ofAnswer !== null || isDecimal(right)
    if (
      terminates
        ? (ofAnswer === null || ofAnswer.digits > ofGold.digits) && relative <= 2.5e-3
        : relative <= 1.1e-2 || ofGold.digits >= 3
    )
      return true
  }
  if (ofAnswer === null || ofAnswer.digits < 6) return false
  if (ofGold !== null && ofGold.digits > ofAnswer.digits) return false
  const exact = exactValue(gold, budget)
  // A whole number is not met by a decimal beside it, but for the noise of a computation in doubles.
  if (exact !== null && exact.denominator === 1n)
    return ofAnswer.digits >= 12 && relative <= 1e-12 && toDouble(distance) < 1e-6
  return compareRationals(distance, ofAnswer.half) <= 0 || (ofAnswer.digits >= 12 && relative <= 1e-12)
}
