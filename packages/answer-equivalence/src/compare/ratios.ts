import { identical } from '../evaluate/identity.ts'
import type { Node } from '../read/node.ts'
import { all, type Comparison, eachEqual, type Outcome } from './comparison.ts'

/** `3:4` is the ratio of 6 to 8 and the fraction 3/4; with two digits after the colon it may be a time of day, which is only itself. */
export function sameRatio(gold: Node, answer: Node, comparison: Comparison): Outcome {
  const [left, right] = [gold, answer].map((node) => (node.kind === 'ratio' ? node.parts : null))
  if (left !== null && left !== undefined && right !== null && right !== undefined) {
    if (left.length !== right.length) return false
    const straight = eachEqual(left, right, comparison)
    if (straight !== false || comparison.options.strict === true || isTime(left) || isTime(right)) return straight
    const [a, b] = [left[0], right[0]]
    if (a === undefined || b === undefined) return false
    return all(
      left.map((part, index) =>
        identical(
          { kind: 'product', factors: [part, b] },
          { kind: 'product', factors: [right[index] ?? b, a] },
          comparison.budget,
        ),
      ),
    )
  }
  if (comparison.options.strict === true) return false
  const asFraction = (node: Node): Node => {
    if (node.kind !== 'ratio' || node.parts.length !== 2 || isTime(node.parts)) return node
    const [above, below] = node.parts
    return above === undefined || below === undefined ? node : { kind: 'quotient', above, below }
  }
  const [a, b] = [asFraction(gold), asFraction(answer)]
  return a.kind === 'ratio' || b.kind === 'ratio' ? false : comparison.equal(a, b)
}

/** An hour and the minutes, by fives from ten on. */
function isTime(parts: readonly Node[]): boolean {
  const [hour, minutes] = parts
  if (parts.length !== 2 || hour?.kind !== 'number' || minutes?.kind !== 'number') return false
  const minute = minutes.numerator
  return (
    hour.numerator <= 24n &&
    minutes.decimals === null &&
    minute >= 10n &&
    minute < 60n &&
    minute % 5n === 0n &&
    minute !== hour.numerator
  )
}
