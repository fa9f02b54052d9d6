import { readMarkedOptions } from './marked-options.ts'
import { isOpening } from './option-mark.ts'
import { type ChoiceOptions, lettersOfText, type TextComparison } from './option-text.ts'
import { type Passage, textBetween } from './passage.ts'
import { isDelimiter, type Selection, selectMarked, selectText, skipDelimiters } from './selection.ts'
import { readTokens } from './tokens.ts'

const longestGold = 10_000

/** The options that a gold names, or null when it names none, as when letter and text are of two options. */
export function readGold(gold: string, options: ChoiceOptions): Selection | null {
  if (gold.length > longestGold) return null
  const tokens = readTokens(gold)
  const passage = { text: gold, tokens, from: 0, to: tokens.length }
  const letters = options.letters === 0 ? 26 : options.letters
  const marked = readMarkedOptions(tokens, 0, letters)
  const whole =
    marked !== null &&
    (marked.next >= tokens.length || (marked.next === tokens.length - 1 && tokens.at(-1)?.text === '.'))
  if (whole && marked.letters.length === 1) return selectMarked(marked)
  const texts = lettersOfText(gold, options)
  if (texts.length > 0) return selectText(texts, gold)
  if (marked === null) return null
  if (whole) return marked.hedged ? null : selectMarked(marked)
  const text = textAfterLetter(passage, options)
  if (text === null) return null
  const known = lettersOfText(text, options)
  return known.length === 0 || known.includes(marked.first.letter)
    ? { meaning: 'all', letters: [marked.first.letter], written: marked.first.letter }
    : null
}

/** The options that a gold of the form `B) 5 cm` makes known when no texts are given. */
export function optionsOfGolds(golds: readonly string[], equal: TextComparison): ChoiceOptions {
  const none: ChoiceOptions = { known: [], letters: 0, equal }
  const known = golds.flatMap((gold) => {
    if (gold.length > longestGold) return []
    const tokens = readTokens(gold)
    const text = textAfterLetter({ text: gold, tokens, from: 0, to: tokens.length }, none)
    const letter = readMarkedOptions(tokens, 0, 26)?.first.letter
    return text === null || text === '' || letter === undefined ? [] : [{ letter, text }]
  })
  return { ...none, known }
}

/** What follows the letter of `B) 5 cm`, `(B) 5 cm` or `B: 5 cm`; null when it is no such text. */
function textAfterLetter(passage: Passage, options: ChoiceOptions): string | null {
  const { tokens, to } = passage
  const marked = readMarkedOptions(tokens, 0, options.letters === 0 ? 26 : options.letters)
  if (marked === null || marked.letters.length !== 1 || marked.next >= to) return null
  const from = skipDelimiters(tokens, marked.next)
  const text = textBetween(passage, from, to)
  const delimited = marked.first.bracketed || isDelimiter(tokens[marked.next]) || isOpening(tokens[marked.next])
  return delimited || lettersOfText(text, options).includes(marked.first.letter) ? text : null
}
