import type { Budget } from '../limits.ts'
import type { Node } from '../read/node.ts'
import { type Ball, ballField, precision } from './ball-field.ts'
import { evaluate } from './evaluate.ts'
import { valueOrNull } from './field.ts'
import { magnitude } from './rational.ts'

/**
 * Whether two real constants, or functions at a rational point, agree to nearly a hundred digits: false is proven, true holds but for a coincidence of that length; null when
 * one has no such digits.
 */
export function preciselyEqual(
  a: Node,
  b: Node,
  budget: Budget,
  logBase: number,
  point: ReadonlyMap<string, readonly [bigint, bigint]> = new Map(),
): boolean | null {
  const [left, right] = [digits(a, budget, logBase, point), digits(b, budget, logBase, point)]
  if (left === null || right === null) return null
  const distance = magnitude(left.middle - right.middle)
  const error = left.radius + right.radius
  if (distance > error) return false
  const scale = magnitude(left.middle)
  // As many digits must be known of the numbers themselves; zero has none.
  return error << BigInt(precision / 2) <= scale || (error <= 1n << BigInt(precision / 4) && scale <= error)
    ? true
    : null
}

function digits(
  node: Node,
  budget: Budget,
  logBase: number,
  point: ReadonlyMap<string, readonly [bigint, bigint]>,
): Ball | null {
  return valueOrNull(() => {
    const field = ballField(budget, logBase)
    const variables = new Map([...point].map(([name, [above, below]]) => [name, field.rational(above, below)]))
    return evaluate(node, { field, variables, budget })
  })
}
