import { contains } from '../evaluate/names.ts'
import type { Node } from '../read/node.ts'

/** The two readings of an expression with `\pm`: all upper signs, all lower ones. Itself when it has none. */
export function withBothSigns(node: Node): readonly Node[] {
  if (!contains(node, (each) => each.kind === 'either-sign')) return [node]
  return [signed(node, 1), signed(node, -1)]
}

function signed(node: Node, reading: 1 | -1): Node {
  const change = (each: Node): Node => signed(each, reading)
  switch (node.kind) {
    case 'either-sign': {
      const of = change(node.of)
      return node.upper === reading ? of : { kind: 'negative', of }
    }
    case 'sum':
      return { ...node, terms: node.terms.map(change) }
    case 'product':
      return { ...node, factors: node.factors.map(change) }
    case 'quotient':
      return { ...node, above: change(node.above), below: change(node.below) }
    case 'power':
      return { ...node, base: change(node.base), exponent: change(node.exponent) }
    case 'negative':
    case 'quantity':
    case 'degrees':
    case 'percent':
    case 'labelled':
      return { ...node, of: change(node.of) }
    case 'function':
    case 'application':
      return { ...node, arguments: node.arguments.map(change) }
    case 'relation':
      return { ...node, sides: node.sides.map(change) }
    case 'conditional':
      return { ...node, of: change(node.of) }
    default:
      return node
  }
}

/** A tuple with signs left open stands for the tuples of every choice: (±1, ±2) are four points. */
export function withEverySign(node: Node): readonly Node[] {
  if (node.kind !== 'sequence' || node.open === '' || node.open === '{') return withBothSigns(node)
  let tuples: (readonly Node[])[] = [[]]
  for (const item of node.items) {
    const readings = withBothSigns(item)
    if (tuples.length * readings.length > 64) return [node]
    tuples = tuples.flatMap((tuple) => readings.map((reading) => [...tuple, reading]))
  }
  return tuples.map((items) => ({ ...node, items }))
}
