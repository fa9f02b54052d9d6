import { letterAt } from './option-letter.ts'
import { readOptionMark } from './option-mark.ts'
import { readTokens } from './tokens.ts'

/** Whether two texts are the same answer; null when that cannot be told. Called with texts of at most 1,000 characters. */
export type TextComparison = (a: string, b: string) => boolean | null

export interface ChoiceOption {
  readonly letter: string
  /** Null when only the letter is known. */
  readonly text: string | null
}

export interface ChoiceOptions {
  readonly known: readonly ChoiceOption[]
  /** How many letters there are: those of the known texts, or of any question when none is known. */
  readonly letters: number
  readonly equal: TextComparison
}

const longestText = 1000
const articles = ['the ', 'a ', 'an ']
const quotes = [
  ['"', '"'],
  ["'", "'"],
  ['“', '”'],
  ['«', '»'],
  ['**', '**'],
  ['*', '*'],
  ['__', '__'],
  ['`', '`'],
  ['$$', '$$'],
  ['$', '$'],
  ['\\(', '\\)'],
  ['\\[', '\\]'],
] as const
const textCommand = /\\(?:text|textbf|textrm|textit|mathrm|mathbf|boldsymbol|mbox|boxed)\{([^{}]*)\}/g

/** The options by their letters. When every text begins with its own letter, as in `A) 5 cm`, that letter is no part of the text. */
export function readOptions(choices: readonly string[], equal: TextComparison): ChoiceOptions {
  const bare = choices.map((choice, index) => withoutLetter(choice, letterAt(index)))
  const texts = bare.every((text) => text !== null) ? bare : choices
  const known = texts.map((text, index) => ({ letter: letterAt(index), text }))
  return { known, letters: known.length, equal }
}

function withoutLetter(choice: string, letter: string): string | null {
  const tokens = readTokens(choice.slice(0, 50))
  const mark = readOptionMark(tokens, 0, 26)
  if (mark === null || mark.letter !== letter) return null
  const after = tokens[mark.next]
  if (!mark.bracketed && after?.text !== '.' && after?.text !== ':') return null
  return choice.slice(mark.bracketed ? mark.end : after?.end).trim()
}

/** The letters of the options that have this text: first as it is written, then in any case, then by the comparison. */
export function lettersOfText(text: string, options: ChoiceOptions): readonly string[] {
  const plain = plainText(text)
  if (plain === '' || plain.length > longestText) return []
  const written = lettersWhere(options, (each) => plainText(each) === plain)
  if (written.length > 0) return written
  const folded = lettersWhere(options, (each) => foldedText(plainText(each)) === foldedText(plain))
  if (folded.length > 0) return folded.length === 1 ? folded : []
  const equal = lettersWhere(
    options,
    (each) => each.length <= longestText && options.equal(plain, plainText(each)) === true,
  )
  return equal.length === 1 ? equal : []
}

function lettersWhere({ known }: ChoiceOptions, matches: (text: string) => boolean): readonly string[] {
  return known.flatMap(({ letter, text }) => (text !== null && text.trim() !== '' && matches(text) ? [letter] : []))
}

/** The comparison used when none is given: the same text but for case, spaces, markup and a full stop. */
export function equalTexts(a: string, b: string): boolean {
  return foldedText(plainText(a)) === foldedText(plainText(b))
}

function foldedText(plain: string): string {
  const folded = plain.toLowerCase()
  const article = articles.find((each) => folded.startsWith(each) && folded.length > each.length)
  return folded.slice(article?.length ?? 0)
}

/** A text without the markup around it; one kind of space inside; no full stop or comma at its end. */
function plainText(text: string): string {
  let plain = text
    .slice(0, longestText * 4)
    .normalize('NFKC')
    .replace(/\\[ ,;:!]|~|\s/g, ' ')
    .replace(/ {2,}/g, ' ')
    .trim()
  if (plain.split('$').length % 2 === 1) plain = plain.replaceAll('$', '').trim()
  for (let layer = 0; layer < 20; layer++) {
    const peeled = peel(plain)
    if (peeled === plain) return plain
    plain = peeled
  }
  return plain
}

function peel(text: string): string {
  const last = text.at(-1) ?? ''
  if (text.length > 1 && (last === ',' || last === ';' || (last === '.' && text.at(-2) !== '.')))
    return text.slice(0, -1).trim()
  if (text.length > 1 && last === '。') return text.slice(0, -1).trim()
  for (const [open, close] of quotes) {
    const long = text.length > open.length + close.length
    if (!long || !text.startsWith(open) || !text.endsWith(close)) continue
    const inner = text.slice(open.length, -close.length)
    if (!inner.includes(open) && !inner.includes(close)) return inner.trim()
  }
  return text.replace(textCommand, '$1').trim()
}
