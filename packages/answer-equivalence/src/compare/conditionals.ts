import { namesOf } from '../evaluate/names.ts'
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

/**
 * Both under their conditions, at least one of which has some; families with a parameter by what they hold. Conditions that only say what the
 * letters are may be missing on one side; an answer that holds under a proviso is none without it.
 */
export function sameConditional(gold: Node, answer: Node, comparison: Comparison): Outcome {
  const strict = comparison.options.strict === true
  const [ours, theirs] = [provisosOf(gold), provisosOf(answer)]
  if (ours.length === 0 && theirs.length > 0) return false
  const family = strict || ours.length > 0 ? undefined : sameFamily(gold, answer, comparison)
  if (family !== undefined) return family
  const renamed = withGoldsParameter(gold, answer, strict)
  if (renamed === null) return false
  const same = comparison.equal(unconditional(gold), unconditional(renamed))
  if (same !== true) return same
  if (gold.kind !== 'conditional' || answer.kind !== 'conditional') {
    if (strict) return false
    // The gold's proviso unsaid: for whom it matters cannot be known here.
    return ours.length > 0 ? null : same
  }
  const [left, right] = [ours, provisosOf(renamed)]
  if (left.length !== right.length) return right.length === 0 ? null : false
  return all([sameItems(left, right, comparison), sameBounds(gold, renamed, comparison)])
}

/** With the one parameter of the gold instead of the answer's; null when the two range over different numbers. */
function withGoldsParameter(gold: Node, answer: Node, strict: boolean): Node | null {
  const [mine, theirs] = [declaredBy(gold), declaredBy(answer)]
  const [first] = mine
  const [second] = theirs
  if (mine.length !== 1 || theirs.length !== 1 || first === undefined || second === undefined) return answer
  const [name, region] = first
  const [other, otherRegion] = second
  if (region !== otherRegion) return null
  return strict ? answer : substitute(answer, (each) => (each === other ? { kind: 'variable', name } : null))
}

/** Inequalities that both state must agree. */
function sameBounds(gold: Node, answer: Node, comparison: Comparison): Outcome {
  const [a, b] = [gold, answer].map((node) => (node.kind === 'conditional' ? node.conditions.filter(isBound) : []))
  return a === undefined || b === undefined || a.length !== b.length ? true : sameItems(a, b, comparison)
}

function isBound(node: Node): boolean {
  return node.kind === 'relation' && node.signs.some((sign) => /[<>≤≥≠=]/.test(sign))
}

/** The conditions without which an answer says something else: `if x > 0`, `for even n`; not `n \ge 1`, `k \in ℤ`, "C a constant". */
function provisosOf(node: Node): readonly Node[] {
  if (node.kind !== 'conditional') return []
  return node.conditions
    .filter((condition) => !isDeclaration(condition))
    .map((condition) => (condition.kind === 'labelled' ? condition.of : condition))
}

/** What only says which values a letter may have. */
function isDeclaration(node: Node): boolean {
  if (node.kind === 'text')
    return (
      /\b(?:constants?|integers?|reals?|arbitrary|any|all|every|forall|natural|numbers?|complex)\b/i.test(node.words) &&
      !/\b(?:not|no|odd|even|prime|wrong|unknown|nonzero|negative|except|otherwise|but|if|when|probability)\b/i.test(
        node.words,
      )
    )
  if (node.kind !== 'relation') return false
  if (node.signs.every((sign) => sign === '∈' || sign === '≠')) return true
  const [left, right] = node.sides
  // "for n ≥ 1", "x > 0": a lower bound of a letter.
  return (
    node.signs.length === 1 &&
    (node.signs[0] === '>' || node.signs[0] === '≥') &&
    left?.kind === 'variable' &&
    right !== undefined &&
    // n ≥ 1 says what n is; n ≥ 50 leaves values out.
    !(right.kind === 'number' && right.numerator > 3n * right.denominator) &&
    !namesOf([right]).all.has(left.name)
  )
}

function unconditional(node: Node): Node {
  return node.kind === 'conditional' ? node.of : node
}
