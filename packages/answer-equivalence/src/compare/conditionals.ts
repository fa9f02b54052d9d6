import { substitute } from '../evaluate/substitute.ts'
import type { Node } from '../read/node.ts'
import { all, type Comparison, type Outcome, sameItems } from './comparison.ts'
import { declaredBy, parametersOf, sameFamily } from './families.ts'

/** `\{π/6 + 2πk | k ∈ ℤ\}` is π/6 + 2πk for whole k. */
export function isConditional(node: Node): boolean {
  if (node.kind === 'conditional') return true
  if (node.kind !== 'set-builder' || node.element.kind === 'variable' || node.element.kind === 'relation') return false
  return parametersOf({ kind: 'conditional', of: node.element, conditions: node.conditions }).length > 0
}

/** A set that is described by a parameter as its members under a condition; anything else as it is. */
export function conditionalOf(node: Node): Node {
  return node.kind === 'set-builder' && isConditional(node)
    ? { kind: 'conditional', of: node.element, conditions: node.conditions }
    : node
}

/** Both under their conditions, at least one of which has some; families with a parameter by what they hold. */
export function sameConditional(gold: Node, answer: Node, comparison: Comparison): Outcome {
  const family = comparison.options.strict === true ? undefined : sameFamily(gold, answer, comparison)
  if (family !== undefined) return family
  const [left, right] = [unconditional(gold), unconditional(answer)]
  const [mine, theirs] = [declaredBy(gold), declaredBy(answer)]
  const [[name, region] = [undefined, undefined]] = mine
  const [[other, otherRegion] = [undefined, undefined]] = theirs
  if (mine.length === 1 && theirs.length === 1 && region !== otherRegion) return false
  // A family that is no progression: with the parameter of the other side.
  const renamed =
    comparison.options.strict !== true &&
    name !== undefined &&
    other !== undefined &&
    mine.length === 1 &&
    theirs.length === 1
      ? substitute(right, (each) => (each === other ? { kind: 'variable', name } : null))
      : right
  const same = comparison.equal(left, renamed)
  if (same !== true) return same
  // An answer that holds only for some values is none for all of them.
  if (gold.kind !== 'conditional' && answer.kind === 'conditional' && answer.conditions.some(isProviso)) return false
  if (gold.kind !== 'conditional' || answer.kind !== 'conditional')
    return comparison.options.strict === true ? false : same
  const conditions = [gold, answer].map((node) =>
    node.conditions.filter((each) => each.kind === 'relation' && each.signs.some((sign) => /[<>≤≥≠=]/.test(sign))),
  )
  const [a, b] = conditions
  return a === undefined || b === undefined || a.length !== b.length ? same : all([same, sameItems(a, b, comparison)])
}

/** `if x > 0`, not `for all n ≥ 1`. */
function isProviso(node: Node): boolean {
  return (
    node.kind === 'labelled' &&
    node.label === 'if' &&
    node.of.kind === 'relation' &&
    node.of.signs.some((sign) => /[<>≤≥]/.test(sign))
  )
}

function unconditional(node: Node): Node {
  return node.kind === 'conditional' ? node.of : node
}
