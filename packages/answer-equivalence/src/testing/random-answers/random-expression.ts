import {
  call,
  type Expression,
  integer,
  negate,
  power,
  product,
  quotient,
  root,
  sizeOf,
  sum,
  variable,
} from './expression.ts'
import type { Random } from './random.ts'
import { approximate, points, valueAt } from './value-at.ts'

/**
 * An expression that has a value other than zero at every point: a constant, or in one to two variables. That something is zero can be
 * beyond what a comparison by numbers tells.
 */
export function randomExpression(random: Random): Expression {
  const names = random.chance(0.35) ? [] : random.pick([['x'], ['x', 'y'], ['a', 'b'], ['n']])
  for (;;) {
    const expression = grow(random, names, 1 + random.below(3))
    if (sizeOf(expression) <= 30 && hasValue(expression)) return expression
  }
}

function grow(random: Random, names: readonly string[], depth: number): Expression {
  if (depth === 0) return leaf(random, names)
  const part = () => grow(random, names, depth - 1 - random.below(depth))
  switch (random.below(9)) {
    case 0:
    case 1:
      return sum(part(), random.chance(0.5) ? part() : negate(part()))
    case 2:
      return sum(part(), negate(part()), part())
    case 3:
    case 4:
      return product(part(), part())
    case 5:
      return quotient(part(), part())
    case 6:
      return power(part(), 2 + random.below(3))
    case 7:
      return random.chance(0.3) ? root(part(), 3) : root(part())
    default:
      return randomCall(random, names)
  }
}

function randomCall(random: Random, names: readonly string[]): Expression {
  const angle = names.length === 0 ? integer(1 + random.below(9)) : variable(random.pick(names))
  const name = random.pick(['sin', 'cos', 'tan', 'ln', 'exp', 'abs', 'factorial'] as const)
  if (name === 'factorial') return call(name, integer(random.below(9)))
  if (name === 'ln') return call(name, integer(2 + random.below(60)))
  if (name === 'abs') return call(name, sum(integer(random.below(20)), negate(integer(random.below(20)))))
  return call(name, random.chance(0.5) ? angle : product(integer(2 + random.below(3)), angle))
}

function leaf(random: Random, names: readonly string[]): Expression {
  if (names.length > 0 && random.chance(0.6)) return variable(random.pick(names))
  return integer(random.chance(0.8) ? random.below(13) : random.below(2000))
}

function hasValue(expression: Expression): boolean {
  return points.every((point) => {
    const value = valueAt(expression, point)
    return value !== null && Math.abs(approximate(value)) > 1e-6
  })
}
