import {
  call,
  childrenOf,
  type Expression,
  integer,
  negate,
  power,
  product,
  quotient,
  root,
  sum,
  withChildren,
} from './expression.ts'
import type { Random } from './random.ts'
import { isDefined, surelyDiffer } from './value-at.ts'

/** The expression with one digit, sign, operator, exponent or function changed, so that its value surely differs; null where none is found. */
export function mutate(expression: Expression, random: Random): Expression | null {
  for (let attempt = 0; attempt < 20; attempt++) {
    const changed = mutateSomewhere(expression, random)
    if (isDefined(changed) && surelyDiffer(expression, changed)) return changed
  }
  return null
}

function mutateSomewhere(expression: Expression, random: Random): Expression {
  const children = childrenOf(expression)
  if (children.length === 0 || random.chance(0.3)) return mutateHere(expression, random)
  const chosen = random.below(children.length)
  return withChildren(
    expression,
    children.map((child, index) => (index === chosen ? mutateSomewhere(child, random) : child)),
  )
}

function mutateHere(expression: Expression, random: Random): Expression {
  switch (expression.kind) {
    case 'integer':
      return integer(BigInt(changeDigit(expression.value.toString(), random)))
    case 'variable':
      return random.pick([negate(expression), power(expression, 2), sum(expression, integer(1))])
    case 'negate':
      return expression.of
    case 'sum':
      return random.pick([
        sum(...changeOne(expression.parts, random, flipSign)),
        sum(...expression.parts.slice(1)),
        product(...expression.parts),
      ])
    case 'product':
      return random.pick([sum(...expression.parts), product(...changeOne(expression.parts, random, flipSign))])
    case 'quotient':
      return random.pick([
        quotient(expression.under, expression.over),
        product(expression.over, expression.under),
        quotient(flipSign(expression.over), expression.under),
      ])
    case 'power':
      return random.pick([
        power(expression.base, sum(expression.exponent, integer(1))),
        product(expression.base, expression.exponent),
        expression.base,
      ])
    case 'root':
      return random.pick([root(expression.of, expression.degree === 2 ? 3 : 2), expression.of])
    case 'call':
      return mutateCall(expression, random)
  }
}

function mutateCall({ name, of }: Extract<Expression, { kind: 'call' }>, random: Random): Expression {
  const other = { sin: 'cos', cos: 'sin', tan: 'sin', ln: 'abs', exp: 'sin', abs: 'exp', factorial: 'abs' } as const
  return random.pick([negate(call(name, of)), call(other[name], of)])
}

/** Another digit in the place of one of a number's. */
export function changeDigit(digits: string, random: Random): string {
  const places = [...digits].flatMap((letter, place) => (/\d/.test(letter) ? [place] : []))
  const place = random.pick(places)
  const digit = (Number(digits[place]) + 1 + random.below(9)) % 10
  return `${digits.slice(0, place)}${digit}${digits.slice(place + 1)}`
}

function flipSign(expression: Expression): Expression {
  return expression.kind === 'negate' ? expression.of : negate(expression)
}

function changeOne(
  parts: readonly Expression[],
  random: Random,
  change: (part: Expression) => Expression,
): readonly Expression[] {
  const chosen = random.below(parts.length)
  return parts.map((part, index) => (index === chosen ? change(part) : part))
}
