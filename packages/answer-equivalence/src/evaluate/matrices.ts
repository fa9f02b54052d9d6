import type { Budget } from '../limits.ts'
import type { Node } from '../read/node.ts'
import { type Complex, complex } from './complex.ts'
import { complexField } from './complex-field.ts'
import { evaluateAny, type Point } from './evaluate.ts'
import { Inexpressible, Undefined } from './field.ts'
import { close, sequence } from './identity.ts'
import type { Evaluated } from './matrix-arithmetic.ts'
import { modularFactorial, modularField, primes } from './modular-field.ts'
import { namesOf } from './names.ts'

/** Whether two expressions of matrices are equal entry by entry; a number is never a matrix. Null when no point could tell. */
export function identicalMatrices(a: Node, b: Node, budget: Budget): boolean | null {
  const names = [...namesOf([a, b]).all]
  let agreed = 0
  for (const [index, prime] of primes.entries()) {
    const random = sequence(31 + index)
    const at: Point<bigint> = {
      field: modularField(prime, budget),
      variables: new Map(names.map((name) => [name, BigInt(Math.floor(random() * 2 ** 50)) + 3n])),
      budget,
      wholeCall: (name, values) => modularFactorial(name, values, prime, budget),
    }
    const same = compared(a, b, at, (x, y) => x === y)
    if (same === null) break
    if (!same) return false
    agreed++
  }
  if (agreed === primes.length) return true
  agreed = 0
  const random = sequence(37)
  for (let attempt = 0; attempt < 4; attempt++) {
    const at: Point<Complex> = {
      field: complexField(budget, Math.E),
      variables: new Map(names.map((name) => [name, complex((attempt % 2 === 0 ? 1 : -1) * (0.3 + random() * 2.5))])),
      budget,
    }
    const same = compared(a, b, at, (x, y) => close(x, y))
    if (same === false) return false
    if (same === true) agreed++
  }
  return agreed >= 2 ? true : null
}

function compared<Value>(
  a: Node,
  b: Node,
  at: Point<Value>,
  same: (x: Value, y: Value) => boolean | null,
): boolean | null {
  let values: readonly [Evaluated<Value>, Evaluated<Value>]
  try {
    values = [evaluateAny(a, at), evaluateAny(b, at)]
  } catch (error) {
    if (error instanceof Inexpressible || error instanceof Undefined) return null
    throw error
  }
  const [left, right] = values
  if ('scalar' in left || 'scalar' in right)
    return 'scalar' in left && 'scalar' in right ? same(left.scalar, right.scalar) : false
  if (left.matrix.length !== right.matrix.length || left.matrix[0]?.length !== right.matrix[0]?.length) return false
  let result: boolean | null = true
  for (const [y, row] of left.matrix.entries()) {
    for (const [x, value] of row.entries()) {
      const other = right.matrix[y]?.[x]
      const outcome = other === undefined ? false : same(value, other)
      if (outcome === false) return false
      if (outcome === null) result = null
    }
  }
  return result
}
