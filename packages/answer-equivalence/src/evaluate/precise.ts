import type { Budget } from '../limits.ts'
import type { Node } from '../read/node.ts'
import { type Ball, ballField, precision } from './ball-field.ts'
import { evaluate } from './evaluate.ts'
import { Inexpressible, Undefined } from './field.ts'

/**
 * Whether two real constants agree to nearly a hundred digits: false is proven, true holds but for a coincidence of that length; null when
 * one has no such digits.
 */
export function preciselyEqual(a: Node, b: Node, budget: Budget, logBase: number): boolean | null {
  const [left, right] = [digits(a, budget, logBase), digits(b, budget, logBase)]
  if (left === null || right === null) return null
  const distance = size(left.middle - right.middle)
  const error = left.radius + right.radius
  if (distance > error) return false
  const scale = size(left.middle)
  // As many digits must be known of the numbers themselves; zero has none.
  return error << BigInt(precision / 2) <= scale || (error <= 1n << BigInt(precision / 4) && scale <= error)
    ? true
    : null
}

function digits(node: Node, budget: Budget, logBase: number): Ball | null {
  try {
    return evaluate(node, { field: ballField(budget, logBase), variables: new Map(), budget })
  } catch (error) {
    if (error instanceof Inexpressible || error instanceof Undefined) return null
    throw error
  }
}

function size(value: bigint): bigint {
  return value < 0n ? -value : value
}
