import { type Node, whole } from '../read/node.ts'
import { mapParts } from '../read/parts.ts'

/** With the running variable of a sum replaced, so that exponents and factorials of it are exact. */
export function withWhole(node: Node, variable: string, value: bigint): Node {
  return substitute(node, (name) => (name === variable ? whole(value) : null))
}

/** The tree with variables replaced; `replacement` gives null for those that stay. */
export function substitute(node: Node, replacement: (name: string) => Node | null): Node {
  const change = (each: Node): Node => substitute(each, replacement)
  if (node.kind === 'variable' || node.kind === 'constant') return replacement(node.name) ?? node
  // The running variable of a sum is its own.
  if (node.kind === 'series' && replacement(node.variable) !== null)
    return { ...node, from: change(node.from), to: change(node.to) }
  return mapParts(node, change)
}
