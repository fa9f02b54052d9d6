/**
 * The content of the last `\boxed{…}` or `\fbox{…}` of a text, braces matched; null when there is none or the last one is never closed,
 * as in a text that was cut. Of nested boxes the inner one. `\{` and `\}` are not braces. One pass, so linear in the text's length.
 */
export function lastBoxed(text: string): string | null {
  /** For every open brace, where the content of the box that it opens begins, or -1 when it opens none. */
  const open: number[] = []
  let lastOpened = -1
  let lastClosed: { readonly begin: number; readonly end: number } | null = null
  for (let at = 0; at < text.length; at++) {
    const letter = text[at]
    if (letter === '\\') {
      const brace = boxBrace(text, at)
      if (brace === null) at++
      else {
        lastOpened = brace + 1
        open.push(lastOpened)
        at = brace
      }
    } else if (letter === '{') open.push(-1)
    else if (letter === '}') {
      const begin = open.pop() ?? -1
      if (begin > (lastClosed?.begin ?? -1)) lastClosed = { begin, end: at }
    }
  }
  if (lastClosed === null || lastClosed.begin !== lastOpened) return null
  return text.slice(lastClosed.begin, lastClosed.end)
}

/** The commands that draw a box, as the source of a pattern. */
export const boxCommands = String.raw`\\(?:boxed|fbox|framebox)`

const opening = new RegExp(String.raw`${boxCommands}[ \n]{0,8}\{`, 'y')

/** Where the brace of a box command that begins at `at` stands, or null. White space may precede it, a little at most. */
export function boxBrace(text: string, at: number): number | null {
  opening.lastIndex = at
  return opening.test(text) ? opening.lastIndex - 1 : null
}
