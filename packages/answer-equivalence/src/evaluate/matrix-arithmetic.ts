import { type Budget, limits } from '../limits.ts'
import { type Field, Undefined } from './field.ts'

/** Entries by rows. */
export type Matrix<Value> = readonly (readonly Value[])[]

/** A number, or a matrix of them by rows. */
export type Evaluated<Value> = { readonly scalar: Value } | { readonly matrix: Matrix<Value> }

/** With every entry changed. */
export function mapped<Value>(value: Evaluated<Value>, change: (value: Value) => Value): Evaluated<Value> {
  return 'scalar' in value
    ? { scalar: change(value.scalar) }
    : { matrix: value.matrix.map((row) => row.map((each) => change(each))) }
}

/** The sum. Throws Undefined for matrices that differ in size, and for a number and a matrix. */
export function added<Value>(field: Field<Value>, a: Evaluated<Value>, b: Evaluated<Value>): Evaluated<Value> {
  if ('scalar' in a && 'scalar' in b) return { scalar: field.add(a.scalar, b.scalar) }
  if ('scalar' in a || 'scalar' in b || !sameSize(a.matrix, b.matrix))
    throw new Undefined('matrices of these sizes have no sum')
  return { matrix: a.matrix.map((row, y) => row.map((value, x) => field.add(value, b.matrix[y]?.[x] ?? value))) }
}

function sameSize(a: readonly (readonly unknown[])[], b: readonly (readonly unknown[])[]): boolean {
  return a.length === b.length && a.every((row, y) => row.length === b[y]?.length)
}

/** The product, of numbers and matrices alike. Throws Undefined for matrices whose sizes do not fit. */
export function multiplied<Value>(
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

/** With rows and columns exchanged. */
export function transposed<Value>(matrix: Matrix<Value>): Matrix<Value> {
  return (matrix[0] ?? []).map((_, x) => matrix.map((row) => row[x]).filter((each) => each !== undefined))
}

/** A square matrix times itself, `exponent` ≥ 0 times. */
export function raised<Value>(
  field: Field<Value>,
  matrix: Matrix<Value>,
  exponent: bigint,
  budget: Budget,
): Evaluated<Value> {
  let result: Evaluated<Value> = {
    matrix: matrix.map((_, y) => matrix.map((_, x) => field.rational(x === y ? 1n : 0n, 1n))),
  }
  let square: Evaluated<Value> = { matrix }
  for (let left = exponent; left > 0n; left >>= 1n) {
    if ((left & 1n) === 1n) result = multiplied(field, result, square, budget)
    if (left > 1n) square = multiplied(field, square, square, budget)
  }
  return result
}

/**
 * By expansion along rows with memory of the columns used, so that it needs no division; up to `limits.matrix` rows. Throws
 * Undefined for what is no square.
 */
export function determinant<Value>(field: Field<Value>, rows: Matrix<Value>, budget: Budget): Value {
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
