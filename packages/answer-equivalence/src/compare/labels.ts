import type { Node } from '../read/node.ts'
import { hedges } from '../read/vocabulary.ts'
import type { Comparison, Outcome } from './comparison.ts'

/** `Minimum: 3` is the label and what follows; a label on one side only is dropped, unless it denies what follows or makes it another value. */
export function sameLabelled(gold: Node, answer: Node, comparison: Comparison): Outcome {
  if (gold.kind === 'labelled' && answer.kind === 'labelled') {
    const [left, right] = [gold.label, answer.label].map((label) => label.toLowerCase().replaceAll(/[^\p{L}\d]/gu, ''))
    if (left === undefined || right === undefined || !(left.includes(right) || right.includes(left))) return false
    return comparison.equal(gold.of, answer.of)
  }
  if (comparison.options.strict === true) return false
  if (gold.kind === 'labelled') return comparison.equal(gold.of, answer)
  if (answer.kind !== 'labelled') return null
  return isPlain(answer.label) ? comparison.equal(gold, answer.of) : false
}

function isPlain(label: string): boolean {
  const words = label.toLowerCase().split(/[^\p{L}']+/u)
  return !words.some((word) => hedges.has(word)) && !/[错非没不]|не\s|falsch/.test(label)
}
