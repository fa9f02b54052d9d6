import type { Budget } from '../limits.ts'
import { isInfinity } from '../read/build-node.ts'
import type { Node } from '../read/node.ts'
import { children } from '../read/parts.ts'
import { render } from '../read/render.ts'
import { type Complex, complex, isReal, size, subtract } from './complex.ts'
import { complexField } from './complex-field.ts'
import { evaluate, exactValue, type Point } from './evaluate.ts'
import { Inexpressible, Undefined, valueOrNull } from './field.ts'
import { modularFactorial, modularField, primes } from './modular-field.ts'
import { contains, namesOf } from './names.ts'
import { preciselyEqual } from './precise.ts'
import { compareRationals, toDouble } from './rational.ts'

/**
 * Whether two expressions are the same function of their variables; null when no point could tell.
 *
 * Identity is tested at random points: modulo primes where both are rational in their variables, which is exact, else in complex doubles
 * with error bounds. Points where both sides are real decide before others: √a·√b is √(ab) wherever both are real numbers. Constants that
 * doubles cannot tell apart are compared once more with many digits.
 */
export function identical(a: Node, b: Node, budget: Budget): boolean | null {
  if (render(a) === render(b)) return isNumber(a) ? true : null
  const infinite = [infinityOf(a), infinityOf(b)]
  if (infinite[0] !== 0 || infinite[1] !== 0) return infinite[0] === infinite[1]
  const names = namesOf([a, b])
  if (names.all.size === 0) {
    const [left, right] = [exactValue(a, budget), exactValue(b, budget)]
    if (left !== null && right !== null) return compareRationals(left, right) === 0
  }
  const modular = identicalModular(a, b, [...names.all], budget)
  if (modular !== null) return modular
  const hasLog = contains(a, isBareLog) || contains(b, isBareLog)
  const natural = identicalComplex(a, b, names.all, names.whole, budget, Math.E)
  // Beside a natural logarithm the other one is of base ten.
  if (hasLog && [a, b].some((node) => contains(node, isBareLog) && contains(node, isNaturalLog)))
    return identicalComplex(a, b, names.all, names.whole, budget, 10)
  if (!hasLog || natural === true) return natural
  const common = identicalComplex(a, b, names.all, names.whole, budget, 10)
  return common === true ? true : natural
}

/** A logarithm without a base is natural to some and of base ten to others. */
function isBareLog(node: Node): boolean {
  return node.kind === 'function' && node.name === 'log' && node.arguments.length === 1
}

function isNaturalLog(node: Node): boolean {
  return node.kind === 'function' && node.name === 'ln'
}

/** An expression with infinity in it is no number, even when it is written alike: ∞ - ∞. */
export function isNumber(node: Node): boolean {
  return infinityOf(node) !== 0 || !contains(node, isInfinity)
}

/** 1 or -1 for ∞ or -∞, 0 for others. */
export function infinityOf(node: Node): 1 | 0 | -1 {
  if (isInfinity(node)) return 1
  if (node.kind === 'negative') {
    const inner = infinityOf(node.of)
    return inner === 1 ? -1 : inner === -1 ? 1 : 0
  }
  return 0
}

function identicalModular(a: Node, b: Node, names: readonly string[], budget: Budget): boolean | null {
  let agreed = 0
  for (const [index, prime] of primes.entries()) {
    const random = sequence(11 + index)
    for (let attempt = 0; attempt < 3; attempt++) {
      const variables = new Map(names.map((name) => [name, BigInt(Math.floor(random() * 2 ** 50)) * 1031n + 7n]))
      const at = modularPoint(prime, variables, budget)
      try {
        if (evaluate(a, at) !== evaluate(b, at)) return false
        agreed++
        break
      } catch (error) {
        if (error instanceof Inexpressible) return null
        if (!(error instanceof Undefined)) throw error
        if (names.length === 0) break
      }
    }
  }
  return agreed > 0 ? true : null
}

/** A point modulo a prime, where factorials of any size have values. */
export function modularPoint(prime: bigint, variables: ReadonlyMap<string, bigint>, budget: Budget): Point<bigint> {
  return {
    field: modularField(prime, budget),
    variables,
    budget,
    wholeCall: (name, values) => modularFactorial(name, values, prime, budget),
  }
}

const attempts = 22

/** Functions that jump at whole numbers are looked at there too. */
function isStep(node: Node): boolean {
  return node.kind === 'function' && (node.name === 'floor' || node.name === 'ceil')
}
/** The first ones are at positive points. */
const positiveAttempts = 4

function hasRoot(node: Node): boolean {
  return contains(
    node,
    (each) =>
      (each.kind === 'function' && /^(?:root|ln|log|lg)$/.test(each.name)) ||
      (each.kind === 'power' && each.exponent.kind === 'quotient'),
  )
}

function identicalComplex(
  a: Node,
  b: Node,
  names: ReadonlySet<string>,
  whole: ReadonlySet<string>,
  budget: Budget,
  logBase: number,
): boolean | null {
  const tally = { real: 0, complex: 0, complexApart: 0, negativeApart: 0 }
  const random = sequence(5)
  const places = names.size === 0 ? [] : constantsOf([a, b])
  const steps = [a, b].some((node) => contains(node, isStep))
  const sorted = [...names].sort()
  for (let attempt = 0; attempt < (names.size === 0 ? 1 : attempts); attempt++) {
    const variables = new Map<string, Complex>()
    for (const name of sorted)
      variables.set(name, pointFor(attempt, whole.has(name) || (steps && attempt % 3 === 2), places, random))
    const met = { imaginary: false }
    const at: Point<Complex> = { field: complexField(budget, logBase, met), variables, budget }
    const values = valuesAt(a, b, at)
    budget.spend(4 + 2 * names.size)
    if (values === null) continue
    const same = close(values[0], values[1])
    if (same === null) continue
    if (!met.imaginary || names.size === 0) {
      if (!same) {
        const positive = [...variables.values()].every(({ re }) => re > 0)
        if (positive || names.size === 0 || ![a, b].some(hasRoot)) return false
        tally.negativeApart++
        continue
      }
      tally.real++
    } else if (!same) tally.complexApart++
    else tally.complex++
  }
  if (names.size === 0) {
    if (tally.complexApart > 0) return false
    if (tally.real + tally.complex === 0) return preciselyEqual(a, b, budget, logBase)
    return tally.real > 0 ? (preciselyEqual(a, b, budget, logBase) ?? true) : true
  }
  // True of positive numbers only, as √(x²) = x: what the letters stand for decides.
  if (tally.negativeApart > 0) return tally.real >= 4 ? null : false
  if (tally.real >= 2) return preciselyEqual(a, b, budget, logBase, rationalPoint(names, whole)) ?? true
  if (tally.complexApart > 0) return false
  return tally.real + tally.complex >= 2 ? true : null
}

function valuesAt(a: Node, b: Node, at: Point<Complex>): readonly [Complex, Complex] | null {
  return valueOrNull(() => [evaluate(a, at), evaluate(b, at)] as const)
}

/** Null when one is no finite number, or its error leaves the question open. */
export function close(a: Complex, b: Complex): boolean | null {
  const distance = size(subtract(a, b))
  if (!Number.isFinite(distance)) return null
  const error = 4 * (a.error + b.error)
  if (!Number.isFinite(error)) return null
  const scale = Math.max(size(a), size(b))
  if (distance > error) return false
  return error <= 1e-6 * scale || (scale === 0 && error === 0) || (scale < 1e-6 && error < 1e-12) ? true : null
}

/** A point at which digits can be counted: fractions of small numbers. */
function rationalPoint(
  names: ReadonlySet<string>,
  whole: ReadonlySet<string>,
): ReadonlyMap<string, readonly [bigint, bigint]> {
  return new Map(
    [...names]
      .sort()
      .map((name, index) => [
        name,
        whole.has(name)
          ? ([BigInt(3 + index), 1n] as const)
          : ([BigInt(17 + 6 * index), BigInt(11 + 2 * index)] as const),
      ]),
  )
}

/** Where to look: positive numbers first, then both signs, small ones, larger ones, and beside the numbers that the expressions name. */
function pointFor(attempt: number, whole: boolean, places: readonly number[], random: () => number): Complex {
  const draw = random()
  const sign = random() < 0.5 ? -1 : 1
  if (whole) return { re: 1 + Math.floor(draw * (attempt < 6 ? 6 : attempt < 12 ? 14 : 60)), im: 0, error: 0 }
  if (attempt < positiveAttempts) return complex(0.3 + draw * 2.7)
  if (attempt < 10) return complex(sign * (0.2 + draw * 2.8))
  if (attempt < 12) return complex(0.05 + draw * 0.9)
  if (attempt < 15) return complex(sign * (3 + draw * 20))
  if (attempt < 17) return complex(sign * 10 ** (1.5 + 2.5 * draw))
  const place = places[Math.floor(draw * places.length)]
  return place === undefined ? complex(sign * (3 + draw * 20)) : complex(place + sign * (0.05 + random() * 0.9))
}

/** Numbers in the expressions where a function may change its form: |x - 100| does at 100, x > 1/2 at 1/2. */
function constantsOf(nodes: readonly Node[]): readonly number[] {
  const places = new Set<number>()
  const visit = (node: Node): void => {
    if (node.kind === 'number' && places.size < 12) {
      const value = toDouble({ numerator: node.numerator, denominator: node.denominator })
      if (Math.abs(value) > 1 && Math.abs(value) < 1e9) places.add(value).add(-value)
    }
    for (const each of children(node)) visit(each)
  }
  for (const node of nodes) visit(node)
  return [...places]
}

/** A fixed sequence of numbers in [0, 1): the same verdict every time. Mulberry32. */
export function sequence(seed: number): () => number {
  let state = seed * 0x9e3779b9
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296
  }
}

/** The real value of a constant in doubles, or null: a variable in it, no real number, nothing finite. */
export function realValue(node: Node, budget: Budget): number | null {
  const infinite = infinityOf(node)
  if (infinite !== 0) return infinite * Number.POSITIVE_INFINITY
  const value = valueOrNull(() => evaluate(node, { field: complexField(budget, Math.E), variables: new Map(), budget }))
  return value !== null && isReal(value) && Number.isFinite(value.re) ? value.re : null
}
