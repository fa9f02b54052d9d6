/** The index of the brace that closes the one at `open`, or the text's end. */
export function matching(text: string, open: number): number {
  let depth = 0
  for (let at = open; at < text.length; at++) {
    const letter = text[at]
    if (letter === '\\') at++
    else if (letter === '{') depth++
    else if (letter === '}' && --depth === 0) return at
  }
  return text.length
}

/** The index after the group in braces at `at`, or `at` when there is none. */
export function afterGroup(text: string, at: number): number {
  const open = skipSpace(text, at)
  return text[open] === '{' ? matching(text, open) + 1 : at
}

/** The index of what is not white space. */
export function skipSpace(text: string, at: number): number {
  let end = at
  while (text[end] === ' ' || text[end] === '\n') end++
  return end
}
