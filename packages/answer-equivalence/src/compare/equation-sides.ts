import type { Node } from '../read/node.ts'

/** Both sides of a single equals sign; nothing for other nodes. */
export function equationSides(node: Node): readonly Node[] {
  return node.kind === 'relation' && node.signs.length === 1 && node.signs[0] === '=' ? node.sides : []
}
