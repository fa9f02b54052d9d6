import type { Node } from '../read/node.ts'
import { all, type Comparison, eachEqual, type Outcome } from './comparison.ts'
import { equationSides } from './equation-sides.ts'

/** Values of several unknowns in the order in which they are named. */
type Values = ReadonlyMap<string, Node>

/**
 * `x = 1, y = 2` and `(x, y) = (1, 2)` give values to the same unknowns; `(1, 2)` gives them in the order of the names. Undefined when
 * neither side names several unknowns so.
 */
export function sameSystem(gold: Node, answer: Node, comparison: Comparison): Outcome | undefined {
  const [left, right] = [valuesOf(gold), valuesOf(answer)]
  if (left !== null && right !== null) {
    if (left.size !== right.size || [...left.keys()].some((name) => !right.has(name))) return false
    return all([...left].map(([name, value]) => comparison.equal(value, right.get(name) ?? value)))
  }
  if (comparison.options.strict === true) return undefined
  if (left !== null) {
    const tuple = tupleOf(answer)
    return tuple === null ? undefined : eachEqual(inOrder(left), tuple, comparison)
  }
  if (right === null) return undefined
  const tuple = tupleOf(gold)
  return tuple === null ? undefined : eachEqual(tuple, inOrder(right), comparison)
}

/** In the order of the names where that is known, x before y, else as they stand. */
function inOrder(values: Values): readonly Node[] {
  const names = [...values.keys()]
  const ordered =
    names.every((name) => /^[xyz]$/.test(name)) || names.every((name) => /^[abcd]$/.test(name)) ? names.sort() : names
  return ordered.flatMap((name) => values.get(name) ?? [])
}

function valuesOf(node: Node): Values | null {
  if (node.kind === 'relation') return ofTuple(node)
  if (node.kind !== 'sequence' || node.open !== '' || node.items.length < 2 || node.joint === 'or') return null
  const values = new Map<string, Node>()
  for (const item of node.items) {
    const [name, value] = equationSides(item)
    if (name?.kind !== 'variable' || value === undefined || values.has(name.name)) return null
    values.set(name.name, value)
  }
  return values
}

function ofTuple({ sides, signs }: Node & { readonly kind: 'relation' }): Values | null {
  const [names, tuple] = sides
  if (sides.length !== 2 || signs[0] !== '=' || names?.kind !== 'sequence' || tuple?.kind !== 'sequence') return null
  if (names.items.length !== tuple.items.length || names.items.length < 2) return null
  const values = new Map<string, Node>()
  for (const [index, name] of names.items.entries()) {
    const value = tuple.items[index]
    if (name.kind !== 'variable' || value === undefined) return null
    values.set(name.name, value)
  }
  return values.size === names.items.length ? values : null
}

/** A tuple, with or without the letter of a point before it. */
function tupleOf(node: Node): readonly Node[] | null {
  if (node.kind === 'sequence' && (node.open === '(' || node.open === '<')) return node.items
  const [name, value] = equationSides(node)
  return name?.kind === 'variable' && value !== undefined ? tupleOf(value) : null
}
