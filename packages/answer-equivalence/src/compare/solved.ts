import type { Node } from '../read/node.ts'
import { render } from '../read/render.ts'
import { hasSigns, withBothSigns } from './both-signs.ts'
import { type Comparison, type Outcome, sameItems } from './comparison.ts'
import { sameRelation } from './relations.ts'
import { sameReals } from './sets.ts'

/** `1/a < x \\le a` as the interval (1/a, a]; null for other relations. */
function intervalOf(node: Node): Node | null {
  if (node.kind !== 'relation' || node.sides.length !== 3) return null
  const [low, middle, high] = node.sides
  const [first, second] = node.signs
  if (low === undefined || high === undefined || middle?.kind !== 'variable') return null
  if (!/[<≤]/.test(first ?? '') || !/[<≤]/.test(second ?? '')) return null
  return { kind: 'sequence', open: first === '<' ? '(' : '[', close: second === '<' ? ')' : ']', items: [low, high] }
}

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
  if (left !== undefined && right !== undefined && render(left) !== render(right)) return same
  const reals = sameReals(gold, answer, comparison)
  if (reals !== null) return reals
  const [chain, other] = gold.kind === 'sequence' ? [intervalOf(answer), gold] : [intervalOf(gold), answer]
  if (chain === null || other.kind !== 'sequence' || comparison.options.strict === true) return same
  return gold.kind === 'sequence' ? comparison.equal(gold, chain) : comparison.equal(chain, answer)
}
