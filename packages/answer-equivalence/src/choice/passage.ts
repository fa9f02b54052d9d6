import type { Token } from './tokens.ts'

/** A stretch of a text, by its tokens: from one to before another. */
export interface Passage {
  readonly text: string
  readonly tokens: readonly Token[]
  readonly from: number
  readonly to: number
}

/** The text from one token to before another, with the markup around them as far as it is whole. */
export function textBetween({ text, tokens }: Passage, from: number, to: number): string {
  const begin = from === 0 ? 0 : (tokens[from - 1]?.end ?? text.length)
  const end = to >= tokens.length ? text.length : (tokens[to]?.begin ?? text.length)
  return withoutOrphans(withoutOrphanBraces(text.slice(begin, end)))
}

/** Without closing braces whose partners were left outside. */
function withoutOrphanBraces(text: string): string {
  let open = 0
  let kept = ''
  let copied = 0
  for (let at = 0; at < text.length; at++) {
    if (text[at] === '\\') at++
    else if (text[at] === '{') open++
    else if (text[at] === '}' && open > 0) open--
    else if (text[at] === '}') {
      kept += text.slice(copied, at)
      copied = at + 1
    }
  }
  return kept + text.slice(copied)
}

function withoutOrphans(text: string): string {
  let whole = text.trim()
  for (const mark of ['**', '$', '"', '`']) {
    if (whole.split(mark).length % 2 === 1) continue
    if (whole.startsWith(mark)) whole = whole.slice(mark.length).trim()
    else if (whole.endsWith(mark)) whole = whole.slice(0, -mark.length).trim()
  }
  for (const [open, close] of [
    ['\\(', '\\)'],
    ['\\[', '\\]'],
  ] as const) {
    if (whole.endsWith(close) && !whole.includes(open)) whole = whole.slice(0, -close.length).trim()
    if (whole.startsWith(open) && !whole.includes(close)) whole = whole.slice(open.length).trim()
  }
  return whole
}
