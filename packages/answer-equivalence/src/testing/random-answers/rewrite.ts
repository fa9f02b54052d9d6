import {
  call,
  childrenOf,
  type Expression,
  integer,
  negate,
  one,
  power,
  product,
  quotient,
  root,
  sizeOf,
  sum,
  withChildren,
} from './expression.ts'
import type { Random } from './random.ts'
import { isDefined } from './value-at.ts'

/** An identity of algebra, read from left to right; null where its left side is not what stands there. */
type Rule = (expression: Expression, random: Random) => Expression | null

/** The same value written otherwise: `steps` identities, each somewhere in the expression. */
export function rewrite(expression: Expression, random: Random, steps: number): Expression {
  let current = expression
  for (let step = 0; step < steps; step++) {
    const next = rewriteSomewhere(current, random)
    if (sizeOf(next) <= 50 && isDefined(next)) current = next
  }
  return current
}

function rewriteSomewhere(expression: Expression, random: Random): Expression {
  const children = childrenOf(expression)
  if (children.length > 0 && random.chance(0.5)) {
    const chosen = random.below(children.length)
    // An exponent stays as it is: other exponents of a variable would be other functions on the complex plane.
    if (expression.kind === 'power' && chosen === 1) return expression
    const rewritten = children.map((child, index) => (index === chosen ? rewriteSomewhere(child, random) : child))
    return withChildren(expression, rewritten)
  }
  const applicable = rules.flatMap((rule) => rule(expression, random) ?? [])
  return applicable.length === 0 ? expression : random.pick(applicable)
}

const rules: readonly Rule[] = [
  (e) => negate(negate(e)),
  (e, random) => {
    const added = integer(1 + random.below(9))
    return sum(e, added, negate(added))
  },
  (e, random) => {
    const factor = integer(2 + random.below(8))
    return quotient(product(factor, e), factor)
  },
  (e, random) => (e.kind === 'sum' || e.kind === 'product' ? { kind: e.kind, parts: random.shuffle(e.parts) } : null),
  (e) => {
    if ((e.kind !== 'sum' && e.kind !== 'product') || e.parts.length < 3) return null
    const [first = one, ...rest] = e.parts
    return { kind: e.kind, parts: [first, { kind: e.kind, parts: rest }] }
  },
  (e) => {
    if (e.kind !== 'product') return null
    const last = e.parts.at(-1)
    if (last?.kind !== 'sum') return null
    const others = e.parts.slice(0, -1)
    return sum(...last.parts.map((part) => product(...others, part)))
  },
  (e) => (e.kind === 'sum' ? negate(sum(...e.parts.map(negate))) : null),
  (e) => {
    if (e.kind !== 'power' || e.base.kind !== 'sum' || !isInteger(e.exponent, 2n)) return null
    const [a = one, ...others] = e.base.parts
    const b = others.length === 1 && others[0] !== undefined ? others[0] : sum(...others)
    return sum(power(a, 2), product(integer(2), a, b), power(b, 2))
  },
  (e) => {
    if (e.kind !== 'power' || e.exponent.kind !== 'integer' || e.exponent.value < 2n) return null
    const rest = e.exponent.value - 1n
    return product(e.base, rest === 1n ? e.base : power(e.base, integer(rest)))
  },
  (e) => (e.kind === 'power' && isInteger(e.exponent, 4n) ? power(power(e.base, 2), 2) : null),
  (e) => (e.kind === 'quotient' ? product(e.over, quotient(one, e.under)) : null),
  (e) => (e.kind === 'quotient' ? quotient(negate(e.over), negate(e.under)) : null),
  (e) => (e.kind === 'quotient' ? product(e.over, power(e.under, negate(one))) : null),
  (e) => {
    const [a, b] = e.kind === 'sum' ? e.parts : []
    if (e.kind !== 'sum' || e.parts.length !== 2 || a?.kind !== 'quotient' || b?.kind !== 'quotient') return null
    return quotient(sum(product(a.over, b.under), product(b.over, a.under)), product(a.under, b.under))
  },
  (e) => (e.kind === 'integer' && e.value > 0n && e.value < 1000n ? root(integer(e.value ** 2n)) : null),
  (e) => (e.kind === 'root' && e.degree === 2 && isPositive(e.of) ? quotient(e.of, e) : null),
  (e) =>
    e.kind === 'root' && e.degree === 2 && isPositive(e.of)
      ? root(quotient(product(integer(9), e.of), integer(9)))
      : null,
  (e, random) => product(e, sum(...squares(random))),
  (e) => {
    if (e.kind !== 'call' || e.name !== 'sin') return null
    const half = quotient(e.of, integer(2))
    return product(integer(2), call('sin', half), call('cos', half))
  },
  (e) => {
    if (e.kind !== 'call' || e.name !== 'cos') return null
    return sum(one, negate(product(integer(2), power(call('sin', quotient(e.of, integer(2))), 2))))
  },
  (e) => (e.kind === 'call' && e.name === 'tan' ? quotient(call('sin', e.of), call('cos', e.of)) : null),
  (e) => (e.kind === 'call' && e.name === 'exp' ? power(call('exp', quotient(e.of, integer(2))), 2) : null),
  (e) => (e.kind === 'call' && e.name === 'abs' ? call('abs', negate(e.of)) : null),
  (e) => (e.kind === 'integer' && e.value > 0n ? call('exp', call('ln', e)) : null),
  (e) => {
    if (e.kind !== 'call' || e.name !== 'ln' || e.of.kind !== 'integer') return null
    const { value } = e.of
    const divisor = [2n, 3n, 5n, 7n].find((prime) => value % prime === 0n)
    if (divisor === undefined || value === divisor) return quotient(call('ln', integer(value ** 2n)), integer(2))
    return sum(call('ln', integer(divisor)), call('ln', integer(value / divisor)))
  },
  (e) => {
    if (e.kind !== 'call' || e.name !== 'factorial' || e.of.kind !== 'integer' || e.of.value === 0n) return null
    return product(e.of, call('factorial', integer(e.of.value - 1n)))
  },
]

/** Two squares whose sum is one. */
function squares(random: Random): [Expression, Expression] {
  const angle = integer(1 + random.below(3))
  return [power(call('sin', angle), 2), power(call('cos', angle), 2)]
}

function isInteger(expression: Expression, value: bigint): boolean {
  return expression.kind === 'integer' && expression.value === value
}

function isPositive(expression: Expression): boolean {
  return expression.kind === 'integer' && expression.value > 0n
}
