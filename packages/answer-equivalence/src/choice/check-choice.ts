import type { AnswerOptions } from '../answer-options.ts'
import type { AnswerDecision, AnswerVerdict } from '../answer-verdict.ts'
import { type ChoicePlace, type FoundChoice, findOption } from './find-choice.ts'
import { optionsOfGolds, readGold } from './gold-choice.ts'
import { equalTexts, readOptions, type TextComparison } from './option-text.ts'
import type { Selection } from './selection.ts'

/** Characters of a response; a longer one is not looked at. */
const longestResponse = 8_000_000
const mostChoices = 26

/**
 * Whether a response chooses the option of a multiple-choice question that the gold names. Several golds are alternatives; one gold of
 * several letters, as `A, C`, asks for exactly these. A gold is a letter, a letter with its text, or the text of one of `options.choices`;
 * a letter comes before a text of the same spelling, and a number is never the place of an option: places are counted from 0 by some and
 * from 1 by others. Of options with the same text the letter decides where both sides have one.
 *
 * `undecided`: a gold that names no option, more than 26 choices, or a response of more than 8,000,000 characters. Without state, never
 * throws unless `equal` does, and linear in the response's length; `equal` is called some hundred times at most.
 */
export function checkChoice(
  response: string,
  gold: string | readonly string[],
  options: AnswerOptions,
  equal: TextComparison = equalTexts,
): AnswerVerdict {
  const golds = typeof gold === 'string' ? [gold] : gold
  const choices = options.choices ?? []
  if (response.length > longestResponse) return verdict('undecided', 'the response is too long', null)
  if (choices.length > mostChoices) return verdict('undecided', 'there are more options than letters', null)
  const known = choices.length > 0 ? readOptions(choices, equal) : optionsOfGolds(golds, equal)
  const wanted = golds.flatMap((each) => readGold(each, known) ?? [])
  if (wanted.length === 0) return verdict('undecided', 'the gold names no option', null)
  const found = findOption(response, known, placeOf(options))
  const complete = wanted.length === golds.length
  return compare(found, wanted, complete)
}

function placeOf({ extract }: AnswerOptions): ChoicePlace {
  if (extract?.[0] === 'raw') return 'whole'
  return extract !== undefined && extract.length > 0 && extract.every((mode) => mode === 'boxed') ? 'box' : 'anywhere'
}

function compare(
  { selection, extracted, reason }: FoundChoice,
  wanted: readonly Selection[],
  complete: boolean,
): AnswerVerdict {
  if (selection === null) return verdict('incorrect', reason, extracted)
  const named = selection.letters.join(', ')
  if (selection.meaning === 'hedge') return verdict('incorrect', `several options are left open: ${named}`, extracted)
  if (selection.meaning === 'contradiction')
    return verdict('incorrect', `letter and text are of two options: ${named}`, extracted)
  if (wanted.some((each) => agrees(selection, each)))
    return verdict('correct', `the choice is ${named}, ${reason}`, extracted)
  if (!complete)
    return verdict('undecided', 'one of the golds names no option, and the choice is none of the others', extracted)
  const several = selection.meaning === 'all' && selection.letters.length > 1
  return verdict(
    'incorrect',
    several ? `several options are chosen: ${named}` : `the choice is ${named}, ${reason}`,
    extracted,
  )
}

/** Of options with the same text, any one agrees with any other. */
function agrees(chosen: Selection, gold: Selection): boolean {
  const both = chosen.letters.filter((letter) => gold.letters.includes(letter)).length
  if (chosen.meaning === 'one' || gold.meaning === 'one')
    return both > 0 && (chosen.meaning === 'one' || chosen.letters.length === 1)
  return both === chosen.letters.length && both === gold.letters.length
}

function verdict(decision: AnswerDecision, reason: string, extracted: string | null): AnswerVerdict {
  return { decision, reason: reason.slice(0, 300), extracted }
}
