import { contains, namesOf } from '../evaluate/names.ts'
import { memberOf } from '../read/build-node.ts'
import type { Node } from '../read/node.ts'
import type { Comparison, Outcome } from './comparison.ts'
import { equationSides } from './equation-sides.ts'
import { sameFamily } from './families.ts'
import { unlabelledItems } from './lists.ts'

/** Solutions `x = π/6 + πk, 5π/6 + πk` in a letter that nobody declared are a family all the same; a formula in n alone is none. */
export function undeclaredFamily(gold: Node, answer: Node, comparison: Comparison): Outcome {
  const [left, right] = [parameterOf(gold), parameterOf(answer)]
  if (left === null || right === null || !(isSolutions(gold) || isSolutions(answer))) return false
  return sameFamily(declared(gold, left), declared(answer, right), comparison) ?? false
}

/** Several values, or the values of an unknown. */
function isSolutions(node: Node): boolean {
  if (node.kind === 'sequence') return node.open === '' && node.items.length > 1
  const [name, value] = equationSides(node)
  if (name?.kind !== 'variable' || value === undefined || !/^(?:[a-z](?:_\d)?|theta|alpha|phi)$/.test(name.name))
    return false
  // Angles, or whole numbers n = 6k ± 1; y = 2n - 1 is a formula.
  return (
    contains(value, (each) => each.kind === 'degrees' || (each.kind === 'constant' && each.name === 'pi')) ||
    name.name === 'n'
  )
}

/** The one letter, besides the unknown, when it is one for whole numbers. */
function parameterOf(node: Node): string | null {
  const items = node.kind === 'sequence' && node.open === '' ? unlabelledItems(node.items) : [node]
  const names = new Set(items.flatMap((item) => [...namesOf([solvedValue(item)]).all]))
  const [name] = names
  return names.size === 1 && name !== undefined && /^[knmN]$/.test(name) ? name : null
}

function solvedValue(node: Node): Node {
  return equationSides(node)[1] ?? node
}

function declared(node: Node, letter: string): Node {
  return {
    kind: 'conditional',
    of: node.kind === 'sequence' && node.open === '' ? { ...node, items: unlabelledItems(node.items) } : node,
    conditions: [memberOf({ kind: 'variable', name: letter }, 'Z')],
  }
}
