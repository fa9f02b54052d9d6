import { indexOfLetter, optionLetter } from './option-letter.ts'
import { isClosing, isOpening, type OptionMark, readOptionMark } from './option-mark.ts'
import type { Token } from './tokens.ts'
import {
  alternativeSeparators,
  continuations,
  guesses,
  isNegation,
  listSeparators,
  pluralVerbs,
  singularVerbs,
} from './vocabulary.ts'

/** One or several options in a row, as `B`, `(A) and (C)`, `A or B`, `AC`. */
export interface MarkedOptions {
  readonly first: OptionMark
  /** Each once, in the order of the alphabet. */
  readonly letters: readonly string[]
  /** Offered as alternatives, as in `A or B`. */
  readonly hedged: boolean
  /** The token after them. */
  readonly next: number
}

/** The options named from a token on; null when there is no option there. */
export function readMarkedOptions(tokens: readonly Token[], at: number, letters: number): MarkedOptions | null {
  const name = tokens[at]?.name
  const begin = name === 'either' || name === 'both' ? at + 1 : at
  const read = readUnquantified(tokens, begin, letters)
  return read !== null && name === 'either' ? { ...read, hedged: read.letters.length > 1 } : read
}

function readUnquantified(tokens: readonly Token[], at: number, letters: number): MarkedOptions | null {
  const first = readOptionMark(tokens, at, letters)
  if (first !== null) return readRow(tokens, first, letters)
  if (isOpening(tokens[at])) return readBracketed(tokens, at, letters)
  return readCompact(tokens, at, letters)
}

function readRow(tokens: readonly Token[], first: OptionMark, letters: number): MarkedOptions {
  const named = [first.letter]
  let hedged = false
  let next = first.next
  while (named.length <= 26) {
    const separator = readSeparator(tokens, next)
    if (separator === null) break
    const mark = readOptionMark(tokens, separator.next, letters)
    if (mark === null || !belongs(tokens, mark, first, separator.alternative)) break
    hedged ||= separator.alternative
    named.push(mark.letter)
    next = mark.next
  }
  return { first, letters: [...new Set(named)].sort(), hedged: hedged && new Set(named).size > 1, next }
}

/** Whether a mark after a separator is another option of the row rather than a word, or the subject of a sentence of its own. */
function belongs(tokens: readonly Token[], mark: OptionMark, first: OptionMark, alternative: boolean): boolean {
  if (mark.bracketed) return !singularVerbs.has(tokens[mark.next]?.name ?? '') || alternative
  if (mark.lowerCase !== first.lowerCase && !first.bracketed) return false
  const after = tokens[mark.next]
  if (after === undefined || (after.kind !== 'word' && after.kind !== 'number')) return true
  if (singularVerbs.has(after.name)) return alternative
  return (
    pluralVerbs.has(after.name) ||
    continuations.has(after.name) ||
    alternativeSeparators.has(after.name) ||
    isNegation(after.name)
  )
}

function readSeparator(
  tokens: readonly Token[],
  at: number,
): { readonly next: number; readonly alternative: boolean } | null {
  let next = at
  let alternative = false
  while (next - at < 4) {
    const token = tokens[next]
    if (token === undefined) break
    const ideographic = token.kind === 'ideographs' || token.kind === 'sign' || token.kind === 'word'
    if (alternativeSeparators.has(token.name)) alternative = true
    else if (token.text === '、' || token.text === '，' || token.text === '；') next += 0
    else if (!(ideographic && listSeparators.has(token.name)) && !(next > at && guesses.has(token.name))) break
    next++
  }
  return next === at ? null : { next, alternative }
}

function readBracketed(tokens: readonly Token[], at: number, letters: number): MarkedOptions | null {
  const inner = readOptionMark(tokens, at + 1, letters)
  if (inner === null) return null
  const read = readRow(tokens, inner, letters)
  if (read.letters.length < 2) return null
  if (isClosing(tokens[read.next - 1])) return read
  return isClosing(tokens[read.next]) ? { ...read, next: read.next + 1 } : null
}

/** `AC`: capitals in the order of the alphabet, each once. */
function readCompact(tokens: readonly Token[], at: number, letters: number): MarkedOptions | null {
  const token = tokens[at]
  if (token?.kind !== 'word' || !/^[A-Z]{2,10}$/.test(token.text)) return null
  if (tokens[at + 1]?.clinging === true && tokens[at + 1]?.kind === 'number') return null
  const named = [...token.text]
  for (let index = 0; index < named.length; index++) {
    const letter = named[index] ?? ''
    if (optionLetter(letter) === null || indexOfLetter(letter) >= letters) return null
    if (index > 0 && letter <= (named[index - 1] ?? '')) return null
  }
  const first = { letter: named[0] ?? '', lowerCase: false, bracketed: false, next: at + 1, end: token.end }
  return { first, letters: named, hedged: false, next: at + 1 }
}
