import { type Node, whole } from '../read/node.ts'

/** With the running variable of a sum replaced, so that exponents and factorials of it are exact. */
export function withWhole(node: Node, variable: string, value: bigint): Node {
  return substitute(node, (name) => (name === variable ? whole(value) : null))
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
