import type { Node } from '../read/node.ts'
import { render } from '../read/render.ts'
import { hasSigns, withBothSigns } from './both-signs.ts'
import { type Comparison, type Outcome, sameItems } from './comparison.ts'
import { sameRelation } from './relations.ts'
import { sameReals } from './sets.ts'

/** At least one is a relation: solved for a variable it may say the same as a number or a set. */
export function sameSolved(gold: Node, answer: Node, comparison: Comparison): Outcome {
  if (hasSigns(gold) || hasSigns(answer)) return sameItems(withBothSigns(gold), withBothSigns(answer), comparison)
  const same = sameRelation(gold, answer, comparison)
  if (same === true) return true
  const variables = [gold, answer].map((node) =>
    node.kind === 'relation' ? node.sides.find((side) => side.kind === 'variable') : undefined,
  )
  const [left, right] = variables
  const inequalities = [gold, answer].some(
    (node) => node.kind === 'relation' && node.signs.some((sign) => /[<>≤≥≠]/.test(sign)),
  )
  if (!inequalities) return same
  if (
    left !== undefined &&
    right !== undefined &&
    render(left) !== render(right) &&
    comparison.options.strict !== false
  )
    return same
  return sameReals(gold, answer, comparison) ?? same
}
