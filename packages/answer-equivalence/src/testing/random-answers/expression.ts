export type CallName = 'sin' | 'cos' | 'tan' | 'ln' | 'exp' | 'abs' | 'factorial'

/** Mathematics as it is meant, apart from how it is spelt. */
export type Expression =
  /** Zero or more. */
  | { readonly kind: 'integer'; readonly value: bigint }
  | { readonly kind: 'variable'; readonly name: string }
  | { readonly kind: 'negate'; readonly of: Expression }
  | { readonly kind: 'sum'; readonly parts: readonly Expression[] }
  | { readonly kind: 'product'; readonly parts: readonly Expression[] }
  | { readonly kind: 'quotient'; readonly over: Expression; readonly under: Expression }
  | { readonly kind: 'power'; readonly base: Expression; readonly exponent: Expression }
  | { readonly kind: 'root'; readonly degree: 2 | 3; readonly of: Expression }
  | { readonly kind: 'call'; readonly name: CallName; readonly of: Expression }

export function integer(value: number | bigint): Expression {
  return value < 0 ? negate({ kind: 'integer', value: -BigInt(value) }) : { kind: 'integer', value: BigInt(value) }
}

export const one = integer(1)

export function variable(name: string): Expression {
  return { kind: 'variable', name }
}

export function negate(of: Expression): Expression {
  return { kind: 'negate', of }
}

export function sum(...parts: readonly Expression[]): Expression {
  return { kind: 'sum', parts }
}

export function product(...parts: readonly Expression[]): Expression {
  return { kind: 'product', parts }
}

export function quotient(over: Expression, under: Expression): Expression {
  return { kind: 'quotient', over, under }
}

export function power(base: Expression, exponent: number | Expression): Expression {
  return { kind: 'power', base, exponent: typeof exponent === 'number' ? integer(exponent) : exponent }
}

export function root(of: Expression, degree: 2 | 3 = 2): Expression {
  return { kind: 'root', degree, of }
}

export function call(name: CallName, of: Expression): Expression {
  return { kind: 'call', name, of }
}

export function childrenOf(expression: Expression): readonly Expression[] {
  switch (expression.kind) {
    case 'integer':
    case 'variable':
      return []
    case 'sum':
    case 'product':
      return expression.parts
    case 'quotient':
      return [expression.over, expression.under]
    case 'power':
      return [expression.base, expression.exponent]
    case 'negate':
    case 'root':
    case 'call':
      return [expression.of]
  }
}

/** The same expression with other children, as many as it has. */
export function withChildren(expression: Expression, children: readonly Expression[]): Expression {
  const [first = expression, second = expression] = children
  switch (expression.kind) {
    case 'integer':
    case 'variable':
      return expression
    case 'sum':
    case 'product':
      return { kind: expression.kind, parts: children }
    case 'quotient':
      return quotient(first, second)
    case 'power':
      return power(first, second)
    case 'negate':
    case 'root':
    case 'call':
      return { ...expression, of: first }
  }
}

export function sizeOf(expression: Expression): number {
  return childrenOf(expression).reduce((size, child) => size + sizeOf(child), 1)
}

/** The same expression in variables of other names. */
export function renameVariables(expression: Expression, names: Readonly<Record<string, string>>): Expression {
  if (expression.kind === 'variable') return variable(names[expression.name] ?? expression.name)
  return withChildren(
    expression,
    childrenOf(expression).map((child) => renameVariables(child, names)),
  )
}
