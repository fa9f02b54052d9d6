import { boxBrace, lastBoxed } from '../boxed.ts'

/** The last box of a text, and the boxes right before it that are joined to it, as in `\boxed{A} and \boxed{C}`. */
export interface LastBoxes {
  /** In the order of the text. */
  readonly contents: readonly string[]
  /** They are joined by `or`. */
  readonly alternatives: boolean
  /** Where the last one ends in the text. */
  readonly end: number
}

const mostBoxes = 10
const separator = /(?:[\s,;&/$*、]|and|or|和|或|\\text\{|\}|\\[()[\]])*$/

/** Null when the text has no box; `unclosed` when its last one is never closed. Linear: a fixed number of passes. */
export function lastBoxes(text: string): LastBoxes | 'unclosed' | null {
  const begin = lastBoxAt(text, text.length)
  if (begin === null) return null
  const content = lastBoxed(text)
  if (content === null) return 'unclosed'
  const contents = [content]
  const braceAt = text.indexOf('{', begin)
  let alternatives = false
  let before = text.slice(0, begin)
  while (contents.length < mostBoxes) {
    const joined = readJoined(before)
    if (joined === null) break
    contents.unshift(joined.content)
    alternatives ||= joined.alternative
    before = before.slice(0, joined.begin)
  }
  return { contents, alternatives, end: Math.min(text.length, braceAt + content.length + 2) }
}

interface JoinedBox {
  readonly content: string
  readonly begin: number
  readonly alternative: boolean
}

/** The box at the end of a text that ends in a separator; null when it ends otherwise. */
function readJoined(before: string): JoinedBox | null {
  const between = separator.exec(before.slice(-40))?.[0] ?? ''
  let brace = between.lastIndexOf('}')
  for (let tries = 0; brace >= 0 && tries < 3; tries++) {
    const box = readBoxBefore(before, between.slice(brace + 1))
    if (box !== null) return box
    brace = brace === 0 ? -1 : between.lastIndexOf('}', brace - 1)
  }
  return null
}

function readBoxBefore(before: string, words: string): JoinedBox | null {
  if (!/[,;&/、和或]|and|or/.test(words)) return null
  const text = before.slice(0, before.length - words.length)
  const begin = lastBoxAt(text, text.length)
  const content = begin === null ? null : lastBoxed(text)
  if (begin === null || content === null || !text.endsWith(`{${content}}`)) return null
  return { content, begin, alternative: /or|或|\//.test(words) }
}

/** Where the last box command with an open brace begins before `end`. */
function lastBoxAt(text: string, end: number): number | null {
  for (let at = text.lastIndexOf('\\', end); at >= 0; at = at === 0 ? -1 : text.lastIndexOf('\\', at - 1)) {
    if (boxBrace(text, at) !== null) return at
  }
  return null
}
