import { beginsListing, endsSentence, sentenceEnd } from './clause.ts'
import { type MarkedOptions, readMarkedOptions } from './marked-options.ts'
import { isClosing, isOpening, readOptionMark } from './option-mark.ts'
import { type ChoiceOptions, lettersOfText } from './option-text.ts'
import { type Passage, textBetween } from './passage.ts'
import {
  isDelimiter,
  readSelection,
  type Selection,
  selectLetter,
  selectMarked,
  selectText,
  skipDelimiters,
} from './selection.ts'
import type { Token } from './tokens.ts'
import {
  badWords,
  continuations,
  isNegation,
  judgesInIdeographs,
  optionNouns,
  pluralVerbs,
  reasons,
  singularVerbs,
} from './vocabulary.ts'

/** The options that stand where an announcement ends, with what is said of them there; null when they are none, or denied. */
export function readAnnounced(
  passage: Passage,
  options: ChoiceOptions,
  linked: boolean,
  withTexts: boolean,
): Selection | null {
  const { tokens, from, to } = passage
  const sentence = Math.min(sentenceEnd(tokens, from), to)
  const marked = readMarkedOptions(tokens, from, options.letters)
  if (marked === null || marked.next < to) {
    const texts = withTexts && linked ? [textBetween(passage, from, to), textBetween(passage, from, sentence)] : []
    for (const text of texts) {
      const letters = lettersOfText(text, options)
      if (letters.length > 0) return selectText(letters, text)
    }
  }
  if (marked === null) {
    const explained = withTexts && linked ? readExplained({ ...passage, to: sentence }, options) : null
    return explained ?? (linked ? readTrailing({ ...passage, to: sentence }, options) : null)
  }
  if (beginsListing(tokens, from, options.letters) || isJudged(tokens, marked)) return null
  if (!linked && !standsAlone(tokens, marked, to)) return null
  if (marked.letters.length > 1) return readRow(passage, marked)
  if (marked.first.lowerCase && !marked.first.bracketed && !endsPhrase(tokens, marked.next)) return null
  const rest = skipDelimiters(tokens, marked.next)
  const own = [
    textBetween(passage, rest, to),
    textBetween(passage, rest, Math.min(Math.max(rest, sentenceEnd(tokens, rest)), to)),
  ]
  const selection = selectLetter(marked.first.letter, rest < to ? own : [], options)
  const settled = marked.first.bracketed || endsPhrase(tokens, marked.next) || goesOn(tokens, marked)
  const confirmed = own.some((text) => lettersOfText(text, options).includes(marked.first.letter))
  return settled || confirmed ? selection : null
}

function readRow({ tokens }: Passage, marked: MarkedOptions): Selection {
  const plural = pluralVerbs.has(tokens[marked.next]?.name ?? '')
  const { letter } = marked.first
  return plural ? { meaning: 'all', letters: [letter], written: letter } : selectMarked(marked)
}

/** `5 cm, because …`, `5 cm, option B`. */
function readExplained(passage: Passage, options: ChoiceOptions): Selection | null {
  const { tokens, from, to } = passage
  for (let at = from + 1; at < to; at++) {
    const reason = tokens[at]?.text === ',' ? at + 1 : at
    const name = tokens[reason]?.name ?? ''
    if (reasons.has(name)) {
      const text = textBetween(passage, from, at)
      const letters = lettersOfText(text, options)
      return letters.length === 0 ? null : selectText(letters, text)
    }
    const mark = reason > at && optionNouns.has(name) ? readOptionMark(tokens, reason + 1, options.letters) : null
    if (mark !== null)
      return mark.next >= to ? selectLetter(mark.letter, [textBetween(passage, from, at)], options) : null
  }
  return null
}

/** `5 cm (B)` at the end of the sentence. */
function readTrailing(passage: Passage, options: ChoiceOptions): Selection | null {
  for (let at = passage.to - 1; at > passage.from && at >= passage.to - 7; at--) {
    if (readOptionMark(passage.tokens, at, options.letters)?.bracketed === true) return readSelection(passage, options)
  }
  return null
}

/** Whether a verb right after the options calls them wrong, or denies something of them. */
function isJudged(tokens: readonly Token[], { next }: MarkedOptions): boolean {
  const name = tokens[next]?.name ?? ''
  if (tokens[next]?.kind === 'ideographs') return judgesInIdeographs(name) === false
  if (isNegation(name) && name !== 'not' && name !== 'no') return true
  if (!singularVerbs.has(name) && !pluralVerbs.has(name)) return false
  return tokens.slice(next + 1, next + 5).some((token) => isNegation(token.name) || badWords.has(token.name))
}

function standsAlone(tokens: readonly Token[], marked: MarkedOptions, to: number): boolean {
  if (singularVerbs.has(tokens[marked.next]?.name ?? '')) return false
  return (
    marked.next >= to ||
    endsPhrase(tokens, marked.next) ||
    continuationOf(tokens[marked.next]) ||
    marked.first.bracketed
  )
}

function endsPhrase(tokens: readonly Token[], at: number): boolean {
  const token = tokens[at]
  return (
    endsSentence(token) ||
    isClosing(token) ||
    isOpening(token) ||
    isDelimiter(token) ||
    token?.text === '，' ||
    token?.text === '<' ||
    token?.text === '/'
  )
}

function continuationOf(token: Token | undefined): boolean {
  return token !== undefined && (token.kind === 'ideographs' || continuations.has(token.name))
}

function goesOn(tokens: readonly Token[], { first, next }: MarkedOptions): boolean {
  const token = tokens[next]
  if (continuationOf(token)) return true
  return token?.kind === 'number' && first.letter !== 'A' && first.letter !== 'I'
}
