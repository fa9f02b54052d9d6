import { type MarkedOptions, readMarkedOptions } from './marked-options.ts'
import { isOpening, readOptionMark } from './option-mark.ts'
import { type ChoiceOptions, lettersOfText } from './option-text.ts'
import { type Passage, textBetween } from './passage.ts'
import type { Token } from './tokens.ts'
import {
  alternativeSeparators,
  answerNouns,
  badWords,
  fillers,
  guesses,
  isNegation,
  links,
  optionNouns,
  pluralVerbs,
  singularVerbs,
} from './vocabulary.ts'

/**
 * The options that a passage names. `all`: these together; `one`: several have the same text, and one of them is meant; `hedge`: it
 * leaves open which; `contradiction`: the letter is that of one option and the text that of another.
 */
export interface Selection {
  readonly meaning: 'all' | 'one' | 'hedge' | 'contradiction'
  /** In the order of the alphabet; never empty. */
  readonly letters: readonly string[]
  /** What the passage says, without what surrounds it. */
  readonly written: string
}

/**
 * What a passage that holds an answer and nothing else names: a letter, letters, a letter with a text, a text, or a text with a letter.
 * Null when it names no option, or says more than which one.
 */
export function readSelection(passage: Passage, options: ChoiceOptions): Selection | null {
  const from = skipLabels(passage)
  const rest = { ...passage, from, to: withoutStop(passage) }
  const marked = readMarkedOptions(rest.tokens, from, options.letters)
  if (marked !== null && marked.next >= rest.to && marked.letters.length === 1) return selectMarked(marked)
  const texts = [textBetween(passage, passage.from, passage.to), textBetween(passage, from, passage.to)]
  for (const text of texts) {
    const letters = lettersOfText(text, options)
    if (letters.length > 0) return selectText(letters, text)
  }
  if (marked === null) return readTrailingMark(rest, options)
  if (marked.next >= rest.to) return selectMarked(marked)
  return marked.letters.length === 1 ? readLetterWithText(rest, marked, options) : null
}

export function selectMarked({ letters, hedged }: MarkedOptions): Selection {
  return { meaning: hedged ? 'hedge' : 'all', letters, written: letters.join(', ') }
}

export function selectText(letters: readonly string[], text: string): Selection {
  return { meaning: letters.length === 1 ? 'all' : 'one', letters, written: text.trim() }
}

/** A letter whose text is that of another option contradicts it; a text of no option is a wording of its own. */
export function selectLetter(letter: string, texts: readonly string[], options: ChoiceOptions): Selection {
  for (const text of texts) {
    const letters = lettersOfText(text, options)
    if (letters.includes(letter)) return { meaning: 'all', letters: [letter], written: letter }
    const other = letters[0]
    if (other !== undefined)
      return { meaning: 'contradiction', letters: [letter, other].sort(), written: `${letter}: ${text.trim()}` }
  }
  return { meaning: 'all', letters: [letter], written: letter }
}

function readLetterWithText(passage: Passage, marked: MarkedOptions, options: ChoiceOptions): Selection | null {
  const { tokens, to } = passage
  const { letter, bracketed } = marked.first
  const delimited = bracketed || isDelimiter(tokens[marked.next]) || isOpening(tokens[marked.next])
  const from = skipDelimiters(tokens, marked.next)
  const text = textBetween(passage, from, to)
  if (from >= to) return selectLetter(letter, [], options)
  const known = lettersOfText(text, options)
  if (known.length > 0) return delimited || known.includes(letter) ? selectLetter(letter, [text], options) : null
  const hedge = findOther(passage, from, letter, options)
  if (hedge !== null)
    return { meaning: 'hedge', letters: [letter, hedge].sort(), written: textBetween(passage, passage.from, to).trim() }
  const opening = tokens[from]?.name ?? ''
  if (singularVerbs.has(opening) || pluralVerbs.has(opening)) return null
  if (!delimited && tokens[from]?.kind !== 'number') return null
  for (let at = from; at < to; at++) {
    const name = tokens[at]?.name ?? ''
    if (name === '?' || name === '？' || (at < from + 6 && (isNegation(name) || badWords.has(name)))) return null
  }
  return selectLetter(letter, [], options)
}

/** Another option that is offered after an `or`, or marked after a comma, an `and` or a space as `(C)` is; null when there is none. */
function findOther({ tokens, to }: Passage, from: number, letter: string, options: ChoiceOptions): string | null {
  const opening = tokens[from]?.name
  if (opening === 'both' || opening === 'all' || opening === 'none' || opening === 'neither' || opening === 'only')
    return null
  for (let at = from; at < to; at++) {
    const mark = readOptionMark(tokens, at, options.letters)
    if (mark === null || mark.letter === letter || mark.lowerCase || mark.next > to) continue
    const before = tokens[at - 1]?.name ?? ''
    if (alternativeSeparators.has(before) || guesses.has(before) || (mark.bracketed && tokens[at]?.clinging !== true))
      return mark.letter
  }
  return null
}

/** `5 cm (B)`. */
function readTrailingMark(passage: Passage, options: ChoiceOptions): Selection | null {
  const { tokens, to } = passage
  for (let at = to - 1; at > passage.from && at >= to - 7; at--) {
    if (!isOpening(tokens[at]) || tokens[at]?.clinging === true) continue
    const mark = readOptionMark(tokens, at, options.letters)
    if (mark === null || !mark.bracketed || mark.lowerCase || mark.next < to) continue
    const before = { ...passage, to: at }
    if (findOther(before, passage.from, mark.letter, options) !== null || denies(before)) return null
    return selectLetter(mark.letter, [textBetween(passage, passage.from, at)], options)
  }
  return null
}

function denies({ tokens, from, to }: Passage): boolean {
  return tokens.slice(from, to).some(({ name }) => isNegation(name) || badWords.has(name) || name === '?')
}

export function isDelimiter(token: Token | undefined): boolean {
  return token !== undefined && ['.', ':', ')', '-', '–', '—', '：', '．', '、', ','].includes(token.text)
}

export function skipDelimiters(tokens: readonly Token[], at: number): number {
  let next = at
  while (next - at < 2 && isDelimiter(tokens[next]) && (tokens[next]?.text !== '-' || isDash(tokens, next))) next++
  return next
}

/** A hyphen that is no minus. */
export function isDash(tokens: readonly Token[], at: number): boolean {
  const after = tokens[at + 1]
  return after !== undefined && !after.clinging && after.kind === 'word'
}

function skipLabels({ tokens, from, to }: Passage): number {
  let at = from
  while (at < to && at - from < 10) {
    const name = tokens[at]?.name ?? ''
    if (name === '-' && !isDash(tokens, at)) break
    const label =
      answerNouns.has(name) || optionNouns.has(name) || name === ':' || name === '：' || name === '#' || name === '-'
    if (tokens[at]?.kind !== 'line' && !label && !(fillers.has(name) || links.has(name))) break
    at++
  }
  return at
}

function withoutStop({ tokens, from, to }: Passage): number {
  let end = to
  while (
    end > from + 1 &&
    (tokens[end - 1]?.kind === 'line' || ['.', '。', '!', ',', ';'].includes(tokens[end - 1]?.text ?? ''))
  )
    end--
  return end
}
