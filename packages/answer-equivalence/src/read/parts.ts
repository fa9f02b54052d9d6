import type { Node } from './node.ts'

/** The parts of a node, in their order. */
export function children(node: Node): readonly Node[] {
  switch (node.kind) {
    case 'sum':
      return node.terms
    case 'product':
      return node.factors
    case 'quotient':
      return [node.above, node.below]
    case 'power':
      return [node.base, node.exponent]
    case 'negative':
    case 'either-sign':
    case 'percent':
    case 'degrees':
    case 'quantity':
    case 'labelled':
      return [node.of]
    case 'function':
    case 'application':
      return node.arguments
    case 'series':
      return [node.from, node.to, node.body]
    case 'matrix':
      return node.rows.flat()
    case 'ratio':
      return node.parts
    case 'sequence':
      return node.items
    case 'relation':
      return node.sides
    case 'set-operation':
      return [node.left, node.right]
    case 'set-builder':
      return [node.element, ...node.conditions]
    case 'conditional':
      return [node.of, ...node.conditions]
    default:
      return leaf
  }
}

const leaf: readonly Node[] = []

/** The node with each of its parts changed; a leaf as it is. */
export function mapParts(node: Node, change: (part: Node) => Node): Node {
  switch (node.kind) {
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
      return { ...node, from: change(node.from), to: change(node.to), body: change(node.body) }
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
