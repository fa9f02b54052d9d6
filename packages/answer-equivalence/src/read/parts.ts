import type { Node } from './node.ts'

/** The parts of a node, in their order. */
export function children(node: Node): readonly Node[] {
  const parts: Node[] = []
  mapParts(node, (part) => {
    parts.push(part)
    return part
  })
  return parts
}

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
