import { type Budget, limits } from '../limits.ts'
import type { Node } from '../read/node.ts'
import { exactField } from './exact-field.ts'
import { type Field, Inexpressible, Undefined, valueOrNull } from './field.ts'
import {
  added,
  determinant,
  type Evaluated,
  type Matrix,
  mapped,
  multiplied,
  raised,
  transposed,
} from './matrix-arithmetic.ts'
import type { Rational } from './rational.ts'
import { withWhole } from './substitute.ts'

/** Where an expression is evaluated: its variables have values in a field. */
export interface Point<Value> {
  readonly field: Field<Value>
  readonly variables: ReadonlyMap<string, Value>
  readonly budget: Budget
  /** The field is that of exact rational numbers. */
  readonly exact?: boolean
  /** What the field does with a factorial or binomial of arguments that are whole; null when it has nothing better than a call. */
  readonly wholeCall?: (name: string, values: readonly bigint[]) => Value | null
}

/** The value of an expression at a point. Throws Undefined or Inexpressible; also for nodes that are no expressions. */
export function evaluate<Value>(node: Node, at: Point<Value>): Value {
  const value = evaluateAny(node, at)
  if ('scalar' in value) return value.scalar
  const only = value.matrix.length === 1 && value.matrix[0]?.length === 1 ? value.matrix[0][0] : undefined
  if (only === undefined) throw new Undefined('a matrix is no number')
  return only
}

/** As `evaluate`, of matrices too. */
export function evaluateAny<Value>(node: Node, at: Point<Value>): Evaluated<Value> {
  const { field, budget } = at
  budget.spend(1)
  const scalar = (each: Node): Value => evaluate(each, at)
  switch (node.kind) {
    case 'number':
      return { scalar: field.rational(node.numerator, node.denominator) }
    case 'based':
      return { scalar: field.rational(node.value, 1n) }
    case 'percent':
      return { scalar: field.divide(scalar(node.of), field.rational(100n, 1n)) }
    case 'degrees':
      return { scalar: field.divide(field.multiply(scalar(node.of), field.constant('pi')), field.rational(180n, 1n)) }
    case 'constant':
      if (node.name === 'infinity') throw new Inexpressible('infinity is no number')
      return { scalar: at.variables.get(node.name) ?? field.constant(node.name) }
    case 'variable': {
      const value = at.variables.get(node.name)
      if (value === undefined) throw new Inexpressible(`${node.name} has no value`)
      return { scalar: value }
    }
    case 'sum':
      return node.terms.map((each) => evaluateAny(each, at)).reduce((a, b) => added(field, a, b))
    case 'product':
      return node.factors.map((each) => evaluateAny(each, at)).reduce((a, b) => multiplied(field, a, b, budget))
    case 'quotient': {
      const above = evaluateAny(node.above, at)
      const below = scalar(node.below)
      return mapped(above, (value) => field.divide(value, below))
    }
    case 'negative':
      return mapped(evaluateAny(node.of, at), (value) => field.negate(value))
    case 'power':
      return power(node.base, node.exponent, at)
    case 'function':
      return { scalar: call(node.name, node.arguments, at) }
    case 'application':
      return { scalar: field.opaque(node.name, node.arguments.map(scalar)) }
    case 'series':
      return { scalar: series(node, at) }
    case 'matrix': {
      const rows = node.rows.map((row) => row.map(scalar))
      if (rows.length > limits.matrix && (rows[0]?.length ?? 0) > limits.matrix)
        throw new Inexpressible('a matrix is too large')
      return node.bars ? { scalar: determinant(field, rows, budget) } : { matrix: rows }
    }
    default:
      throw new Inexpressible(`a ${node.kind} is no expression`)
  }
}

/** An expression's exact value when it is a rational constant, else null. */
export function exactValue(node: Node, budget: Budget): Rational | null {
  const known = budget.known.get(node)
  if (known !== undefined) return isRational(known) ? known : null
  const value = workedOut(node, budget)
  budget.known.set(node, value)
  return value
}

const noVariables: ReadonlyMap<string, Rational> = new Map()
const exactFields = new WeakMap<Budget, Field<Rational>>()

/** One field for each comparison. */
function exactFieldOf(budget: Budget): Field<Rational> {
  const known = exactFields.get(budget)
  if (known !== undefined) return known
  const field = exactField(budget)
  exactFields.set(budget, field)
  return field
}

function isRational(value: unknown): value is Rational {
  return typeof value === 'object' && value !== null && 'numerator' in value
}

function workedOut(node: Node, budget: Budget): Rational | null {
  return valueOrNull(() => evaluate(node, { field: exactFieldOf(budget), variables: noVariables, budget, exact: true }))
}

function power<Value>(baseNode: Node, exponentNode: Node, at: Point<Value>): Evaluated<Value> {
  const { field } = at
  const base = evaluateAny(baseNode, at)
  if ('matrix' in base) return matrixPower(base.matrix, exponentNode, at)
  const exponent = exactValue(exponentNode, at.budget)
  if (exponent === null) return { scalar: field.power(base.scalar, evaluate(exponentNode, at)) }
  if (exponent.denominator === 1n) return { scalar: field.integerPower(base.scalar, exponent.numerator) }
  return { scalar: field.rationalPower(base.scalar, exponent.numerator, exponent.denominator) }
}

function matrixPower<Value>(matrix: Matrix<Value>, exponentNode: Node, at: Point<Value>): Evaluated<Value> {
  const { field, budget } = at
  if (exponentNode.kind === 'variable' && /^(?:T|t|top|prime|intercal)$/.test(exponentNode.name))
    return { matrix: transposed(matrix) }
  const exponent = exactValue(exponentNode, budget)
  if (exponent === null || exponent.denominator !== 1n || matrix[0]?.length !== matrix.length)
    throw new Undefined('a matrix has no such power')
  if (exponent.numerator < 0n) throw new Inexpressible('the inverse of a matrix')
  return raised(field, matrix, exponent.numerator, budget)
}

function call<Value>(name: string, nodes: readonly Node[], at: Point<Value>): Value {
  const { field } = at
  const [first, second] = nodes
  if (first === undefined) throw new Undefined(`${name} has no argument`)
  if (name === 'congruent') return call('modulo', nodes, at)
  if (name === 'root' && second !== undefined) return root(first, second, at)
  if (name === 'det') return evaluateDeterminant(first, at)
  if (at.exact !== true) {
    const exact = exactOf(name, nodes, at)
    if (exact !== null) return exact
  }
  if (name === 'exp' && nodes.length === 1) return field.power(field.constant('e'), evaluate(first, at))
  return field.call(
    name,
    nodes.map((each) => evaluate(each, at)),
  )
}

function root<Value>(radicand: Node, degree: Node, at: Point<Value>): Value {
  const { field } = at
  const index = exactValue(degree, at.budget)
  const value = evaluate(radicand, at)
  if (index === null) return field.power(value, field.divide(field.rational(1n, 1n), evaluate(degree, at)))
  if (index.denominator !== 1n || index.numerator === 0n) throw new Undefined('a root of no degree')
  if (index.numerator === 1n) return value
  if (index.numerator < 0n) return field.rationalPower(value, -1n, -index.numerator)
  return field.rationalPower(value, 1n, index.numerator)
}

function evaluateDeterminant<Value>(node: Node, at: Point<Value>): Value {
  const value = evaluateAny(node, at)
  if (!('matrix' in value)) throw new Undefined('a determinant of a number')
  return determinant(at.field, value.matrix, at.budget)
}

/** A function of exact arguments in any field; null when its arguments or its value are not rational. */
function exactOf<Value>(name: string, nodes: readonly Node[], at: Point<Value>): Value | null {
  const values = nodes.map((each) => exactValue(each, at.budget))
  if (at.wholeCall !== undefined && values.every((value) => value !== null && value.denominator === 1n)) {
    const special = at.wholeCall(
      name,
      values.map((value) => value?.numerator ?? 0n),
    )
    if (special !== null) return special
  }
  const exact = exactValue({ kind: 'function', name, arguments: nodes }, at.budget)
  return exact === null ? null : at.field.rational(exact.numerator, exact.denominator)
}

function series<Value>(node: Node & { kind: 'series' }, at: Point<Value>): Value {
  const from = boundOf(node.from, at)
  const to = boundOf(node.to, at)
  if (from === undefined || to === undefined) throw new Inexpressible('a sum without whole bounds')
  if (to - from > 20_000n) throw new Inexpressible('a sum has too many terms')
  let total = at.field.rational(node.sum ? 0n : 1n, 1n)
  for (let index = from; index <= to; index++) {
    const variables = new Map(at.variables).set(node.variable, at.field.rational(index, 1n))
    at.budget.spend(4 + variables.size)
    const term = evaluate(withWhole(node.body, node.variable, index), { ...at, variables })
    total = node.sum ? at.field.add(total, term) : at.field.multiply(total, term)
  }
  return total
}

/** A bound of a sum: an exact whole number, also one that is only whole at this point. */
function boundOf<Value>(node: Node, at: Point<Value>): bigint | undefined {
  const exact = exactValue(node, at.budget)
  if (exact !== null) return exact.denominator === 1n ? exact.numerator : undefined
  const value: unknown = evaluate(node, at)
  if (typeof value !== 'object' || value === null || !('re' in value) || typeof value.re !== 'number') return undefined
  const nearest = Math.round(value.re)
  return Math.abs(value.re - nearest) < 1e-9 && Math.abs(nearest) < 1e6 ? BigInt(nearest) : undefined
}
