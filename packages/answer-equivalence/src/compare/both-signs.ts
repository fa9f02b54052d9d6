import { contains } from '../evaluate/names.ts'
import type { Node } from '../read/node.ts'
import { children, mapParts } from '../read/parts.ts'

/** The two readings of an expression with `\pm`: all upper signs, all lower ones. Itself when it has none. */
export function withBothSigns(node: Node): readonly Node[] {
  const signs = signsOf(node)
  if (signs.length === 0) return [node]
  // Several ± without a ∓ are chosen each for itself: ±1 ± i are four numbers.
  if (signs.length > 1 && signs.length <= 5 && signs.every((sign) => sign === 1)) {
    return Array.from({ length: 2 ** signs.length }, (_, choice) => {
      let index = 0
      return signed(node, () => ((choice >> index++) & 1) === 0)
    })
  }
  return [signed(node, (upper) => upper === 1), signed(node, (upper) => upper === -1)]
}

function signsOf(node: Node): readonly (1 | -1)[] {
  return [...(node.kind === 'either-sign' ? [node.upper] : []), ...children(node).flatMap(signsOf)]
}

function signed(node: Node, isPlus: (upper: 1 | -1) => boolean): Node {
  if (node.kind !== 'either-sign') return mapParts(node, (part) => signed(part, isPlus))
  const plus = isPlus(node.upper)
  const of = signed(node.of, isPlus)
  return plus ? of : { kind: 'negative', of }
}

/** A tuple with signs left open stands for the tuples of every choice: (±1, ±2) are four points. */
export function withEverySign(node: Node): readonly Node[] {
  // With a ∓ the signs of all coordinates hang together.
  if (node.kind !== 'sequence' || node.open === '' || node.open === '{' || signsOf(node).includes(-1))
    return withBothSigns(node)
  let tuples: (readonly Node[])[] = [[]]
  for (const item of node.items) {
    const readings = withBothSigns(item)
    if (tuples.length * readings.length > 64) return [node]
    tuples = tuples.flatMap((tuple) => readings.map((reading) => [...tuple, reading]))
  }
  return tuples.map((items) => ({ ...node, items }))
}

/** `\pm` or `\mp` stands somewhere in it. */
export function hasSigns(node: Node): boolean {
  return contains(node, (each) => each.kind === 'either-sign')
}
