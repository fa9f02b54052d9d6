import type { Budget } from '../limits.ts'
import type { Node } from '../read/node.ts'
import { type Complex, complex } from './complex.ts'
import { complexField } from './complex-field.ts'
import { evaluateAny, type Point } from './evaluate.ts'
import { valueOrNull } from './field.ts'
import { close, modularPoint, sequence } from './identity.ts'
import { primes } from './modular-field.ts'
import { namesOf } from './names.ts'

/** Whether two expressions of matrices are equal entry by entry; a number is never a matrix. Null when no point could tell. */
export function identicalMatrices(a: Node, b: Node, budget: Budget): boolean | null {
  const names = [...namesOf([a, b]).all]
  let agreed = 0
  for (const [index, prime] of primes.entries()) {
    const random = sequence(31 + index)
    const variables = new Map(names.map((name) => [name, BigInt(Math.floor(random() * 2 ** 50)) + 3n]))
    const same = compared(a, b, modularPoint(prime, variables, budget), (x, y) => x === y)
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
    const same = compared(a, b, at, close)
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
  const values = valueOrNull(() => [evaluateAny(a, at), evaluateAny(b, at)] as const)
  if (values === null) return null
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
