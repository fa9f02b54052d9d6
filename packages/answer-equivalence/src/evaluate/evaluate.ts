import { type Budget, limits } from '../limits.ts'
import type { Node } from '../read/node.ts'
import { exactField } from './exact-field.ts'
import { type Field, Inexpressible, Undefined } from './field.ts'
import type { Rational } from './rational.ts'

/** A number, or a matrix of them by rows. */
export type Evaluated<Value> = { readonly scalar: Value } | { readonly matrix: readonly (readonly Value[])[] }

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
      return 'scalar' in above
        ? { scalar: field.divide(above.scalar, below) }
        : { matrix: above.matrix.map((row) => row.map((each) => field.divide(each, below))) }
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

function isRational(value: unknown): value is Rational {
  return typeof value === 'object' && value !== null && 'numerator' in value
}

function workedOut(node: Node, budget: Budget): Rational | null {
  try {
    return evaluate(node, { field: exactField(budget), variables: new Map(), budget, exact: true })
  } catch (error) {
    if (error instanceof Inexpressible || error instanceof Undefined) return null
    throw error
  }
}

function mapped<Value>(value: Evaluated<Value>, change: (value: Value) => Value): Evaluated<Value> {
  return 'scalar' in value
    ? { scalar: change(value.scalar) }
    : { matrix: value.matrix.map((row) => row.map((each) => change(each))) }
}

function added<Value>(field: Field<Value>, a: Evaluated<Value>, b: Evaluated<Value>): Evaluated<Value> {
  if ('scalar' in a && 'scalar' in b) return { scalar: field.add(a.scalar, b.scalar) }
  if ('scalar' in a || 'scalar' in b || !sameSize(a.matrix, b.matrix))
    throw new Undefined('matrices of these sizes have no sum')
  return { matrix: a.matrix.map((row, y) => row.map((value, x) => field.add(value, b.matrix[y]?.[x] ?? value))) }
}

function sameSize(a: readonly (readonly unknown[])[], b: readonly (readonly unknown[])[]): boolean {
  return a.length === b.length && a.every((row, y) => row.length === b[y]?.length)
}

function multiplied<Value>(
  field: Field<Value>,
  a: Evaluated<Value>,
  b: Evaluated<Value>,
  budget: Budget,
): Evaluated<Value> {
  if ('scalar' in a) return mapped(b, (value) => field.multiply(a.scalar, value))
  if ('scalar' in b) return mapped(a, (value) => field.multiply(value, b.scalar))
  if (a.matrix[0]?.length !== b.matrix.length) throw new Undefined('matrices of these sizes have no product')
  budget.spend(a.matrix.length * b.matrix.length * (b.matrix[0]?.length ?? 0))
  return {
    matrix: a.matrix.map((row) =>
      (b.matrix[0] ?? []).map((_, x) =>
        row
          .map((value, y) => field.multiply(value, b.matrix[y]?.[x] ?? value))
          .reduce((sum, each) => field.add(sum, each)),
      ),
    ),
  }
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

function matrixPower<Value>(
  matrix: readonly (readonly Value[])[],
  exponentNode: Node,
  at: Point<Value>,
): Evaluated<Value> {
  const { field, budget } = at
  if (exponentNode.kind === 'variable' && /^(?:T|t|top|prime|intercal)$/.test(exponentNode.name))
    return { matrix: (matrix[0] ?? []).map((_, x) => matrix.map((row) => row[x]).filter((each) => each !== undefined)) }
  const exponent = exactValue(exponentNode, budget)
  const order = matrix.length
  if (exponent === null || exponent.denominator !== 1n || matrix[0]?.length !== order)
    throw new Undefined('a matrix has no such power')
  if (exponent.numerator < 0n) throw new Inexpressible('the inverse of a matrix')
  let result: Evaluated<Value> = {
    matrix: matrix.map((_, y) => matrix.map((_, x) => field.rational(x === y ? 1n : 0n, 1n))),
  }
  let square: Evaluated<Value> = { matrix }
  for (let left = exponent.numerator; left > 0n; left >>= 1n) {
    if ((left & 1n) === 1n) result = multiplied(field, result, square, budget)
    if (left > 1n) square = multiplied(field, square, square, budget)
  }
  return result
}

/** By expansion along rows with memory of the columns used, so that it needs no division; up to `limits.matrix` rows. */
function determinant<Value>(field: Field<Value>, rows: readonly (readonly Value[])[], budget: Budget): Value {
  const order = rows.length
  if (order > limits.matrix || rows.some((row) => row.length !== order))
    throw new Undefined('a determinant of no square')
  const known = new Map<number, Value>([[0, field.rational(1n, 1n)]])
  let current = known
  for (const row of rows) {
    const next = new Map<number, Value>()
    for (const [used, value] of current) {
      for (const [x, cell] of row.entries()) {
        if ((used & (1 << x)) !== 0) continue
        budget.spend(2)
        let inversions = 0
        for (let bit = x + 1; bit < order; bit++) if ((used & (1 << bit)) !== 0) inversions++
        const term = field.multiply(value, cell)
        const signed = inversions % 2 === 0 ? term : field.negate(term)
        const key = used | (1 << x)
        const sum = next.get(key)
        next.set(key, sum === undefined ? signed : field.add(sum, signed))
      }
    }
    current = next
  }
  const total = current.get((1 << order) - 1)
  if (total === undefined) throw new Undefined('a determinant of nothing')
  return total
}

function call<Value>(name: string, nodes: readonly Node[], at: Point<Value>): Value {
  const { field, budget } = at
  const [first, second] = nodes
  if (first === undefined) throw new Undefined(`${name} has no argument`)
  if (name === 'root' && second !== undefined) {
    const index = exactValue(second, budget)
    const value = evaluate(first, at)
    if (index === null) return field.power(value, field.divide(field.rational(1n, 1n), evaluate(second, at)))
    if (index.denominator !== 1n || index.numerator === 0n) throw new Undefined('a root of no degree')
    if (index.numerator === 1n) return value
    if (index.numerator < 0n) return field.rationalPower(value, -1n, -index.numerator)
    return field.rationalPower(value, 1n, index.numerator)
  }
  if (name === 'congruent') return call('modulo', nodes, at)
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

/** With the running variable of a sum replaced, so that exponents and factorials of it are exact. */
export function withWhole(node: Node, variable: string, value: bigint): Node {
  return substitute(node, (name) =>
    name === variable ? { kind: 'number', numerator: value, denominator: 1n, decimals: null } : null,
  )
}

/** The tree with variables replaced; `replacement` gives null for those that stay. */
export function substitute(node: Node, replacement: (name: string) => Node | null): Node {
  const change = (each: Node): Node => substitute(each, replacement)
  switch (node.kind) {
    case 'variable':
      return replacement(node.name) ?? node
    case 'constant':
      return replacement(node.name) ?? node
    case 'sum':
      return { ...node, terms: node.terms.map(change) }
    case 'product':
      return { ...node, factors: node.factors.map(change) }
    case 'quotient':
      return { ...node, above: change(node.above), below: change(node.below) }
    case 'power':
      return { ...node, base: change(node.base), exponent: change(node.exponent) }
    case 'negative':
    case 'either-sign':
    case 'percent':
    case 'degrees':
    case 'quantity':
    case 'labelled':
      return { ...node, of: change(node.of) }
    case 'function':
    case 'application':
      return { ...node, arguments: node.arguments.map(change) }
    case 'series':
      return replacement(node.variable) === null
        ? { ...node, from: change(node.from), to: change(node.to), body: change(node.body) }
        : { ...node, from: change(node.from), to: change(node.to) }
    case 'matrix':
      return { ...node, rows: node.rows.map((row) => row.map(change)) }
    case 'ratio':
      return { ...node, parts: node.parts.map(change) }
    case 'sequence':
      return { ...node, items: node.items.map(change) }
    case 'relation':
      return { ...node, sides: node.sides.map(change) }
    case 'set-operation':
      return { ...node, left: change(node.left), right: change(node.right) }
    case 'set-builder':
      return { ...node, element: change(node.element), conditions: node.conditions.map(change) }
    case 'conditional':
      return { ...node, of: change(node.of), conditions: node.conditions.map(change) }
    default:
      return node
  }
}
