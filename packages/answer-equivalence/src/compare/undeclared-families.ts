import { contains, namesOf } from '../evaluate/names.ts'
import type { Node } from '../read/node.ts'
import type { Comparison, Outcome } from './comparison.ts'
import { sameFamily } from './families.ts'
import { unlabelledItems } from './lists.ts'

/** π/6 + πk on both sides with the same letter, which nobody declared, is a family all the same. */
export function undeclaredFamily(gold: Node, answer: Node, comparison: Comparison): Outcome {
  const [left, right] = [[...namesOf([gold]).all], [...namesOf([answer]).all]].map((names) =>
    names.filter((name) => /^[kn]$/.test(name)),
  )
  const [name] = left ?? []
  if (name === undefined || right?.length !== 1) return false
  if (
    ![gold, answer].every((node) =>
      contains(node, (each) => each.kind === 'degrees' || (each.kind === 'constant' && each.name === 'pi')),
    )
  )
    return false
  const declared = (node: Node, letter: string): Node => ({
    kind: 'conditional',
    of: node.kind === 'sequence' && node.open === '' ? { ...node, items: unlabelledItems(node.items) } : node,
    conditions: [
      {
        kind: 'relation',
        sides: [
          { kind: 'variable', name: letter },
          { kind: 'region', name: 'Z' },
        ],
        signs: ['∈'],
      },
    ],
  })
  return sameFamily(declared(gold, name), declared(answer, right[0] ?? name), comparison) ?? false
}
