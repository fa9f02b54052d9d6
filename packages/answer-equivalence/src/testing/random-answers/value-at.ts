import type { CallName, Expression } from './expression.ts'
import { type Rational, rational } from './rational.ts'

/** An exact rational number, or a double where the expression leaves the rationals. */
export type Value = Rational | number

/** Values of variables, chosen for having no simple relation to each other. */
export type Point = Readonly<Record<string, Rational>>

export const points: readonly Point[] = [
  { x: rational(7n, 5n), y: rational(13n, 11n), a: rational(19n, 17n), b: rational(29n, 23n), n: rational(31n, 19n) },
  { x: rational(3n, 7n), y: rational(23n, 9n), a: rational(41n, 27n), b: rational(5n, 13n), n: rational(17n, 7n) },
]

/** The value at a point; null where it is undefined, not real, or too large to be sure of. */
export function valueAt(expression: Expression, point: Point): Value | null {
  switch (expression.kind) {
    case 'integer':
      return rational(expression.value, 1n)
    case 'variable':
      return point[expression.name] ?? null
    case 'negate':
      return lift(valueAt(expression.of, point), (value) =>
        typeof value === 'number' ? -value : rational(-value.over, value.under),
      )
    case 'sum':
      return expression.parts.map((part) => valueAt(part, point)).reduce(add)
    case 'product':
      return expression.parts.map((part) => valueAt(part, point)).reduce(multiply)
    case 'quotient':
      return multiply(valueAt(expression.over, point), invert(valueAt(expression.under, point)))
    case 'power':
      return raise(valueAt(expression.base, point), valueAt(expression.exponent, point))
    case 'root':
      return lift(valueAt(expression.of, point), (value) => rootOf(approximate(value), expression.degree))
    case 'call':
      return lift(valueAt(expression.of, point), (value) => valueOfCall(expression.name, value))
  }
}

/** Whether two expressions surely have different values somewhere; false also where that cannot be told. */
export function surelyDiffer(a: Expression, b: Expression): boolean {
  return points.some((point) => {
    const left = valueAt(a, point)
    const right = valueAt(b, point)
    if (left === null || right === null) return false
    if (typeof left !== 'number' && typeof right !== 'number')
      return left.over * right.under !== right.over * left.under
    const [l, r] = [approximate(left), approximate(right)]
    return Math.abs(l - r) > 1e-6 * Math.max(Math.abs(l), Math.abs(r), 1)
  })
}

/** Whether an expression has a value at every point. */
export function isDefined(expression: Expression): boolean {
  return points.every((point) => valueAt(expression, point) !== null)
}

export function approximate(value: Value): number {
  return typeof value === 'number' ? value : Number(value.over) / Number(value.under)
}

/** Beyond this a double says little about a difference, and an exact number is no answer that somebody writes. */
function bounded(value: Value): Value | null {
  if (typeof value !== 'number')
    return value.over.toString(16).length + value.under.toString(16).length > 200 ? null : value
  return Number.isFinite(value) && Math.abs(value) < 1e9 ? value : null
}

function lift(value: Value | null, change: (value: Value) => Value | null): Value | null {
  const changed = value === null ? null : change(value)
  return changed === null ? null : bounded(changed)
}

function both(
  a: Value | null,
  b: Value | null,
  exact: (a: Rational, b: Rational) => Value,
  rough: (a: number, b: number) => number,
) {
  if (a === null || b === null) return null
  return bounded(typeof a === 'number' || typeof b === 'number' ? rough(approximate(a), approximate(b)) : exact(a, b))
}

function add(a: Value | null, b: Value | null): Value | null {
  return both(
    a,
    b,
    (l, r) => rational(l.over * r.under + r.over * l.under, l.under * r.under),
    (l, r) => l + r,
  )
}

function multiply(a: Value | null, b: Value | null): Value | null {
  return both(
    a,
    b,
    (l, r) => rational(l.over * r.over, l.under * r.under),
    (l, r) => l * r,
  )
}

function invert(value: Value | null): Value | null {
  return lift(value, (each) => {
    if (typeof each === 'number') return Math.abs(each) < 1e-6 ? null : 1 / each
    return each.over === 0n ? null : rational(each.under, each.over)
  })
}

function raise(base: Value | null, exponent: Value | null): Value | null {
  if (base === null || exponent === null || approximate(base) === 0) return null
  if (typeof exponent !== 'number' && exponent.under === 1n && typeof base !== 'number') {
    const size = exponent.over < 0n ? -exponent.over : exponent.over
    if (size > 60n) return null
    const raised = rational(base.over ** size, base.under ** size)
    return bounded(exponent.over < 0n ? rational(raised.under, raised.over) : raised)
  }
  return bounded(approximate(base) ** approximate(exponent))
}

function rootOf(value: number, degree: 2 | 3): number | null {
  return value < 1e-6 ? null : degree === 2 ? Math.sqrt(value) : Math.cbrt(value)
}

function valueOfCall(name: CallName, value: Value): Value | null {
  if (name === 'factorial') return factorial(value)
  if (name === 'abs' && typeof value !== 'number')
    return rational(value.over < 0n ? -value.over : value.over, value.under)
  const number = approximate(value)
  if (name === 'abs') return Math.abs(number)
  if (name === 'ln') return number <= 0 ? null : Math.log(number)
  return Math.abs(number) > 1000 ? null : Math[name](number)
}

function factorial(value: Value): Value | null {
  if (typeof value === 'number' || value.under !== 1n || value.over < 0n || value.over > 25n) return null
  let result = 1n
  for (let factor = 2n; factor <= value.over; factor++) result *= factor
  return rational(result, 1n)
}
