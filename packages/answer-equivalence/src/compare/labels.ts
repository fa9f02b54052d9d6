import type { Node } from '../read/node.ts'
import type { Comparison, Outcome } from './comparison.ts'

/** `Minimum: 3` is the label and what follows; a label on one side only is dropped. */
export function sameLabelled(gold: Node, answer: Node, comparison: Comparison): Outcome {
  if (gold.kind === 'labelled' && answer.kind === 'labelled') {
    const [left, right] = [gold.label, answer.label].map((label) => label.toLowerCase().replaceAll(/[^\p{L}\d]/gu, ''))
    if (left === undefined || right === undefined || !(left.includes(right) || right.includes(left))) return false
    return comparison.equal(gold.of, answer.of)
  }
  if (comparison.options.strict === true) return false
  if (gold.kind === 'labelled') return comparison.equal(gold.of, answer)
  return answer.kind === 'labelled' && /^(?:not|isn't|never|approximately|about|maybe|perhaps)\b/i.test(answer.label)
    ? false
    : comparison.equal(gold, answer.kind === 'labelled' ? answer.of : answer)
}
