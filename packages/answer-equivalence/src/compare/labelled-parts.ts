/** Marks of the parts of an answer: `(a)`, `a)`, `(i)`, `(1)`. */
const mark =
  /(?:^|(?<=[\s,;.}]))(?:\\text(?:bf)?\s?\{\s?)?\(?(?:\\text(?:bf)?\s?\{\s?)?([a-h]|i{1,3}|iv|vi{0,3}|[1-9])\s?\}?\)\s?\}?[.:]?/g

/**
 * An answer of several labelled parts, as `(a) 3 (b) 5`: the text of each by its label. Null when it has fewer than two, or its labels do
 * not count from the first.
 */
export function partsOf(text: string): ReadonlyMap<string, string> | null {
  const marks = [...text.matchAll(mark)]
  const [first] = marks
  if (marks.length < 2 || first === undefined || text.slice(0, first.index).trim() !== '') return null
  const parts = new Map<string, string>()
  for (const [index, found] of marks.entries()) {
    const content = text.slice(found.index + found[0].length, marks[index + 1]?.index ?? text.length)
    const trimmed = content
      .replace(/^\s*\}?/, '')
      .replace(/(?:\\quad|\\qquad|\\\\|[\s,;.]|\\text\{\s?;?\s?)+$/, '')
      .trim()
    if (trimmed === '' || parts.has(found[1] ?? '')) return null
    parts.set(found[1] ?? '', trimmed)
  }
  const labels = [...parts.keys()].sort()
  return ['a', 'i', '1'].includes(labels[0] ?? '') ? parts : null
}
