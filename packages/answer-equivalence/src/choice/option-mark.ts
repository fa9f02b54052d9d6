import { indexOfLetter, optionLetter } from './option-letter.ts'
import type { Token } from './tokens.ts'

/** The letter of an option as it is written: `B`, `B)`, `(B)`, `[[B]]`, `Ⓑ`. */
export interface OptionMark {
  readonly letter: string
  readonly lowerCase: boolean
  /** By a bracket or a circle it can be nothing but an option. */
  readonly bracketed: boolean
  /** The token after the mark, and where the mark ends in the text. */
  readonly next: number
  readonly end: number
}

const opening = new Set(['(', '[', '（', '【', '〔', '［', '{', '⟨', '〈'])
const closing = new Set([')', ']', '）', '】', '〕', '］', '}', '⟩', '〉'])
/** After a letter these make it a variable, a grade or a part of a word. */
const operators = new Set([
  '=',
  '+',
  '×',
  '·',
  '<',
  '^',
  '_',
  '#',
  '±',
  '∪',
  '∩',
  '≤',
  '≥',
  '≠',
  '°',
  '%',
  '÷',
  '∈',
  '⊂',
  '@',
  '|',
])
const joiners = new Set(['-', '‐', '‑', '+', '=', '^', '_', '.', '@', '#', '&', '\\'])

/** The mark that begins at a token, of one of the first `letters` letters; null when there is none. */
export function readOptionMark(tokens: readonly Token[], at: number, letters: number): OptionMark | null {
  let next = at
  while (next - at < 3 && isSign(tokens[next], opening)) next++
  const opened = next - at
  const token = tokens[next]
  if (token?.kind !== 'word') return null
  const read = optionLetter(token.text)
  if (read === null || indexOfLetter(read.letter) >= letters) return null
  next++
  let closed = 0
  while (closed < Math.max(opened, 1) && isSign(tokens[next], closing)) {
    closed++
    next++
  }
  if (closed < opened) return null
  const bracketed = closed > 0 || read.enclosed
  if (opened === 0 && !read.enclosed && clingsBefore(tokens, at)) return null
  if (isPartOfFormula(tokens, next, bracketed)) return null
  const { letter, lowerCase } = read
  return { letter, lowerCase, bracketed, next, end: tokens[next - 1]?.end ?? token.end }
}

export function isOpening(token: Token | undefined): boolean {
  return isSign(token, opening)
}

export function isClosing(token: Token | undefined): boolean {
  return isSign(token, closing)
}

function isSign(token: Token | undefined, signs: ReadonlySet<string>): boolean {
  return token?.kind === 'sign' && signs.has(token.text)
}

function clingsBefore(tokens: readonly Token[], at: number): boolean {
  const before = tokens[at - 1]
  if (tokens[at]?.clinging !== true || before === undefined) return false
  return before.kind === 'word' || before.kind === 'number' || before.kind === 'command' || joiners.has(before.text)
}

function isPartOfFormula(tokens: readonly Token[], next: number, bracketed: boolean): boolean {
  const after = tokens[next]
  if (after === undefined) return false
  if (bracketed) return after.clinging && (after.text === '^' || after.text === '_')
  if (after.kind === 'command' && after.text !== '\\Rightarrow') return true
  if (after.kind === 'sign' && operators.has(after.text)) return true
  if (!after.clinging) return false
  if (after.kind === 'number' || after.kind === 'word') return true
  if (isOpening(after)) return tokens[next + 1]?.text !== '/'
  const joined = tokens[next + 1]
  return joiners.has(after.text) && joined?.clinging === true && (joined.kind === 'word' || joined.kind === 'number')
}
