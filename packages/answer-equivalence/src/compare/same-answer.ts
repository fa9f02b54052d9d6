import type { AnswerOptions } from '../answer-options.ts'
import type { Budget } from '../limits.ts'
import type { Node } from '../read/node.ts'
import { render } from '../read/render.ts'
import { sameGeneralSolution } from './arbitrary-constants.ts'
import { hasSigns, withEverySign } from './both-signs.ts'
import { type Comparison, type Outcome, sameItems } from './comparison.ts'
import { conditionalOf, isConditional, sameConditional } from './conditionals.ts'
import { equationSides } from './equation-sides.ts'
import { sameLabelled } from './labels.ts'
import { isList, sameList } from './lists.ts'
import { sameAmount } from './numbers.ts'
import { sameInOneNotation } from './other-notations.ts'
import { sameRatio } from './ratios.ts'
import { withGoldsConstants } from './renaming.ts'
import { isSet, sameSet } from './sets.ts'
import { sameSolved } from './solved.ts'
import { sameSystem } from './systems.ts'
import { sameProse, sameText } from './texts.ts'
import { capitalsOf, hasMatrix, pointOf, sameMatrix, sameTuple } from './tuples-and-vectors.ts'
import { undeclaredFamily } from './undeclared-families.ts'

/** Whether two trees are the same answer; null when that could not be decided. */
export function sameAnswer(gold: Node, answer: Node, options: AnswerOptions, budget: Budget): Outcome {
  const comparison: Comparison = {
    options,
    budget,
    equal: (left, right) => {
      budget.spend(1)
      return equal(left, right, comparison)
    },
  }
  const plain = comparison.equal(gold, answer)
  if (plain === true || options.strict === true) return plain
  const constants = withGoldsConstants(gold, answer)
  if (constants !== null && comparison.equal(gold, constants) === true) return true
  if (undeclaredFamily(gold, answer, comparison) === true) return true
  if (sameGeneralSolution(bareValue(gold), bareValue(answer), comparison) === true) return true
  return sameInOneNotation(gold, answer, comparison) || plain
}

/** Without the name before an equals sign, and without what the constants are. */
function bareValue(node: Node): Node {
  if (node.kind === 'conditional') return bareValue(node.of)
  const [name, value] = equationSides(node)
  return value !== undefined && (name?.kind === 'variable' || name?.kind === 'application') ? value : node
}

function equal(wanted: Node, given: Node, comparison: Comparison): Outcome {
  const [gold, answer] = [pointOf(wanted), pointOf(given)]
  const names = [capitalsOf(gold), capitalsOf(answer)]
  if (names[0] != null && names[1] != null && names[0].length === names[1].length) return names[0] === names[1]
  const strict = comparison.options.strict === true
  if (answer.kind === 'prose' || gold.kind === 'prose') return sameProse(gold, answer)
  if (gold.kind === 'labelled' || answer.kind === 'labelled') return sameLabelled(gold, answer, comparison)
  if (isConditional(gold) || isConditional(answer))
    return sameConditional(conditionalOf(gold), conditionalOf(answer), comparison)
  if (gold.kind === 'text' || answer.kind === 'text') return sameText(gold, answer, strict)
  const system = sameSystem(gold, answer, comparison)
  if (system !== undefined) return system
  if (isList(gold) || isList(answer)) return sameList(gold, answer, comparison)
  if (gold.kind === 'relation' || answer.kind === 'relation') return sameSolved(gold, answer, comparison)
  if (isSet(gold) || isSet(answer)) return sameSet(gold, answer, comparison)
  if (hasSigns(gold) || hasSigns(answer)) return sameItems(withEverySign(gold), withEverySign(answer), comparison)
  if (gold.kind === 'ratio' || answer.kind === 'ratio') return sameRatio(gold, answer, comparison)
  if (hasMatrix(gold) || hasMatrix(answer)) return sameMatrix(gold, answer, comparison)
  if (gold.kind === 'sequence' || answer.kind === 'sequence') return sameTuple(gold, answer, comparison)
  if (gold.kind === 'region' || answer.kind === 'region')
    return gold.kind === answer.kind && render(gold) === render(answer)
  return sameAmount(gold, answer, comparison)
}
