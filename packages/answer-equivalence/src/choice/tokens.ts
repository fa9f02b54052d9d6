import { optionLetter } from './option-letter.ts'

/**
 * A piece of a text without its markup: emphasis, quotes, dollars, braces and LaTeX's font and spacing commands are left out. `ideographs`:
 * a run of Chinese, Japanese or Korean writing, which has no spaces between words. `line`: the end of a line or of a tagged element.
 */
export interface Token {
  readonly kind: 'word' | 'ideographs' | 'number' | 'command' | 'sign' | 'line'
  /** As written; a tag such as `<answer>` is the word of its name. */
  readonly text: string
  /** In lower case, for looking it up. */
  readonly name: string
  /** Where it begins and ends in the text. */
  readonly begin: number
  readonly end: number
  /** Nothing, not even markup, stands between the token before and this one. */
  readonly clinging: boolean
}

const pieces: readonly (readonly [Token['kind'], RegExp])[] = [
  ['line', /\n/y],
  ['number', /\p{N}+(?:[.,]\p{N}+)*/uy],
  ['ideographs', /[\p{sc=Han}\p{sc=Hiragana}\p{sc=Katakana}\p{sc=Hangul}ー]+/uy],
  ['word', /(?:(?![\p{sc=Han}\p{sc=Hiragana}\p{sc=Katakana}\p{sc=Hangul}])[\p{L}\p{M}])+(?:['’]\p{L}+)*/uy],
  ['command', /\\(?:[a-zA-Z]+|[\s\S])/uy],
]
const tag = /<(\/?)([a-zA-Z_]{1,20}) ?\/?>/y
/** What models print between turns, such as `<|im_end|>`. */
const control = /<\|[a-zA-Z0-9_]{1,40}\|>/y
const markupCommands = new Set(
  (
    'text textbf textit textrm textsf texttt textnormal mathrm mathbf mathit mathsf mathtt mathnormal boldsymbol bm bf rm it mbox hbox ' +
    'boxed fbox left right big Big bigl bigr displaystyle quad qquad operatorname emph underline'
  ).split(' '),
)
const markup = new Set([...'*`$"“”„«»‘’「」『』\'~{}\u200b\u200c\u200d\u200e\u200f\ufe0f\ufeff'])
const breakingTags = new Set(['br', 'p', 'li', 'div', 'tr'])

/** Linear in the text's length: every piece is read once, forwards. */
export function readTokens(text: string): readonly Token[] {
  const tokens: Token[] = []
  let at = 0
  const add = (kind: Token['kind'], written: string, begin: number): void => {
    const clinging = tokens.at(-1)?.end === begin && begin > 0
    tokens.push({ kind, text: written, name: written.toLowerCase().replaceAll('’', "'"), begin, end: at, clinging })
  }
  while (at < text.length) {
    const begin = at
    const turn = matchAt(control, text, at)
    if (turn !== null) {
      at += turn[0].length
      add('line', '\n', begin)
      continue
    }
    const element = matchAt(tag, text, at)
    if (element !== null) {
      at += element[0].length
      const name = (element[2] ?? '').toLowerCase()
      const answers = name === 'answer' || name === 'final_answer' || name === 'choice'
      if ((answers && element[1] === '/') || breakingTags.has(name)) add('line', '\n', begin)
      else if (answers) {
        add('word', name === 'choice' ? name : 'answer', begin)
        add('sign', ':', begin)
      }
      continue
    }
    const piece = readPiece(text, at)
    at += piece.written.length
    if (piece.kind === 'command') addCommand(piece.written, begin, add)
    else if (piece.kind !== null) add(piece.kind, piece.written, begin)
  }
  return tokens
}

function addCommand(
  written: string,
  begin: number,
  add: (kind: Token['kind'], text: string, begin: number) => void,
): void {
  const name = written.slice(1)
  if (name === '{' || name === '}' || name === '&') add('sign', name, begin)
  else if (name === '\\') add('line', '\n', begin)
  else if (/^[a-zA-Z%]/.test(name) && !markupCommands.has(name)) add('command', written, begin)
}

interface Piece {
  /** Null for white space and markup. */
  readonly kind: Token['kind'] | null
  readonly written: string
}

function readPiece(text: string, at: number): Piece {
  for (const [kind, pattern] of pieces) {
    const found = matchAt(pattern, text, at)
    if (found !== null) return { kind, written: found[0] }
  }
  const written = String.fromCodePoint(text.codePointAt(at) ?? 0)
  if (optionLetter(written) !== null) return { kind: 'word', written }
  if (/\s/.test(written) || markup.has(written)) return { kind: null, written }
  if (written === '_' && !between(text, at)) return { kind: null, written }
  return { kind: 'sign', written }
}

/** Whether letters or digits stand on both sides. */
function between(text: string, at: number): boolean {
  return /[\p{L}\p{N}]/u.test(text[at - 1] ?? '') && /[\p{L}\p{N}{\\]/u.test(text[at + 1] ?? '')
}

function matchAt(pattern: RegExp, text: string, at: number): RegExpExecArray | null {
  pattern.lastIndex = at
  return pattern.exec(text)
}
