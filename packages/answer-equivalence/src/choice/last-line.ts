import { beginsListing, endsSentence, lineEnd } from './clause.ts'
import { readMarkedOptions } from './marked-options.ts'
import { readOptionMark } from './option-mark.ts'
import type { ChoiceOptions } from './option-text.ts'
import { readSelection, type Selection, selectMarked } from './selection.ts'
import type { Token } from './tokens.ts'

interface Line {
  readonly from: number
  readonly to: number
}

/** The option that the last line consists of: a letter, a letter with its text, or a text; null for any other line. */
export function readLastLine(text: string, tokens: readonly Token[], options: ChoiceOptions): Selection | null {
  const lines = readLines(tokens)
  const last = lines.at(-1)
  if (last === undefined || isListed(tokens, lines, lines.length - 1, options.letters)) return null
  return readSelection(
    { text: text.slice(0, tokens[last.to - 1]?.end), tokens: tokens.slice(0, last.to), ...last },
    options,
  )
}

/** The letters that the last line consists of, and nothing else; null when the line before is such a line too. */
export function readLoneLetter(tokens: readonly Token[], options: ChoiceOptions): Selection | null {
  const [before, last] = readLines(tokens).slice(-2)
  if (before === undefined || last === undefined)
    return before === undefined ? null : readLetterLine(tokens, before, options)
  return readLetterLine(tokens, before, options) === null ? readLetterLine(tokens, last, options) : null
}

/** The option that the first line consists of when an explanation follows; null when the next line is an option too. */
export function readFirstLine(text: string, tokens: readonly Token[], options: ChoiceOptions): Selection | null {
  const lines = readLines(tokens)
  const [first, second] = lines
  if (first === undefined || second === undefined) return null
  if (isOptionLine(tokens, second, options.letters)) return null
  const end = tokens[first.to]?.begin
  return readSelection({ text: text.slice(0, end), tokens: tokens.slice(0, first.to), ...first }, options)
}

/** The one letter that a line anywhere consists of; null when several letters have such lines, as headings do. */
export function readOnlyLetterLine(tokens: readonly Token[], options: ChoiceOptions): Selection | null {
  const selections = readLines(tokens).flatMap((line) => readLetterLine(tokens, line, options) ?? [])
  const written = new Set(selections.map((selection) => selection.written))
  return written.size === 1 ? (selections[0] ?? null) : null
}

function readLetterLine(tokens: readonly Token[], line: Line, options: ChoiceOptions): Selection | null {
  let from = line.from
  while (from < line.to && ['#', '>', '-', '→', '⇒', '∴', '✅', '✓'].includes(tokens[from]?.text ?? '')) from++
  const marked = readMarkedOptions(tokens, from, options.letters)
  if (marked === null) return null
  const rest = tokens.slice(marked.next, line.to)
  return rest.every((token) => ['.', '。', '!', ')', '✅', '✓', '✔'].includes(token.text)) ? selectMarked(marked) : null
}

function readLines(tokens: readonly Token[]): readonly Line[] {
  const lines: Line[] = []
  for (let from = 0; from < tokens.length; ) {
    const to = lineEnd(tokens, from, tokens.length)
    if (to > from) lines.push({ from, to })
    from = to + 1
  }
  return lines
}

/** Whether the line is the last of a list of options, or holds the whole list. */
function isListed(tokens: readonly Token[], lines: readonly Line[], index: number, letters: number): boolean {
  const line = lines[index]
  const before = lines[index - 1]
  if (line === undefined) return false
  if (beginsListing(tokens, line.from, letters)) return true
  const mark = readOptionMark(tokens, line.from, letters)
  const previous = before === undefined ? null : readOptionMark(tokens, before.from, letters)
  return mark !== null && previous !== null && previous.letter < mark.letter && isOptionLine(tokens, before, letters)
}

function isOptionLine(tokens: readonly Token[], line: Line | undefined, letters: number): boolean {
  if (line === undefined) return false
  const mark = readOptionMark(tokens, line.from, letters)
  if (mark === null || mark.lowerCase !== (mark.lowerCase && mark.bracketed)) return false
  const after = tokens[mark.next]
  return mark.bracketed || endsSentence(after) || after?.text === ':' || after?.text === '-'
}
