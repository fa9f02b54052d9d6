import { contains } from '../evaluate/names.ts'
import type { Node } from '../read/node.ts'

/** Whether a sum, a product over a range or a determinant stands unevaluated: such an answer may only restate the question. */
export function isUnevaluated(node: Node): boolean {
  return contains(
    node,
    (each) =>
      each.kind === 'series' ||
      (each.kind === 'matrix' && each.bars) ||
      (each.kind === 'function' && each.name === 'det'),
  )
}
