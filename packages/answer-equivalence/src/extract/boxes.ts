/** A closed `\boxed{…}` or `\fbox{…}`: where it begins and ends in the text, and its content. */
interface Box {
  readonly begin: number
  readonly end: number
  readonly content: string
}

/** Only so many characters before the end are searched for the boxes that belong to the last one. */
const joinedWithin = 4000
/** Characters between two boxes that state one answer together. */
const longestJoint = 48

/** What may stand between such boxes: punctuation, "and", a name with an equals sign. */
const joint =
  /^(?:[\s,;.&$*~]|\\[,;:! ()[\]]|\\\\|\\quad|\\qquad|\\text\{\s*(?:and|or)\s*\}|and|or|or else|und|oder|et|ou|和|或|、|，|\\text\{|\}|\\(?:left|right|big|Big)?[()]|[A-Za-z](?:_\{?\w\}?)?\s*=)*$/

/**
 * The content of the last box of a text; of boxes that state one answer together, as `x=\boxed{1}` and `x=\boxed{2}`, all contents with
 * commas between. `unclosed` when the last box is never closed; null when there is none. Linear in the text's length.
 */
export function boxedAnswer(text: string): string | 'unclosed' | null {
  const { boxes, unclosed } = closedBoxes(text)
  if (unclosed) return 'unclosed'
  const last = boxes.at(-1)
  if (last === undefined) return null
  const contents = [last.content]
  let first = last
  for (let index = boxes.length - 2; index >= 0; index--) {
    const before = boxes[index]
    if (before === undefined || last.begin - before.end > joinedWithin) break
    const between = text.slice(before.end, first.begin)
    if (between.length > longestJoint || !joint.test(between)) break
    contents.unshift(before.content)
    first = before
  }
  const distinct = [...new Set(contents.map((each) => each.trim()))]
  return distinct.length === 1 ? (distinct[0] ?? null) : distinct.join(', ')
}

/** Boxes from left to right; of nested ones the inner. */
function closedBoxes(text: string): { readonly boxes: readonly Box[]; readonly unclosed: boolean } {
  const boxes: Box[] = []
  /** For every open brace, where the box that it opens begins, or -1 when it opens none. */
  const open: { begin: number; content: number }[] = []
  let lastBegun = -1
  let innermost = -1
  for (let at = text.search(/\\(?:boxed|fbox)/); at !== -1 && at < text.length; at++) {
    const letter = text[at]
    if (letter === '\\') {
      const brace = boxBrace(text, at)
      if (brace === null) at++
      else {
        lastBegun = at
        open.push({ begin: at, content: brace + 1 })
        at = brace
      }
    } else if (letter === '{') {
      if (open.length > 0) open.push({ begin: -1, content: -1 })
    } else if (letter === '}') {
      const closing = open.pop()
      if (closing !== undefined && closing.begin > innermost) {
        innermost = closing.begin
        boxes.push({ begin: closing.begin, end: at + 1, content: text.slice(closing.content, at) })
        if (boxes.length > 64) boxes.shift()
      }
    }
  }
  return { boxes, unclosed: lastBegun !== -1 && boxes.at(-1)?.begin !== lastBegun }
}

/** Where the brace of a box command that begins at `at` stands, or null. */
function boxBrace(text: string, at: number): number | null {
  const command = text.startsWith('\\boxed', at) ? '\\boxed' : text.startsWith('\\fbox', at) ? '\\fbox' : null
  if (command === null) return null
  let brace = at + command.length
  for (let spaces = 0; spaces < 8 && (text[brace] === ' ' || text[brace] === '\n'); spaces++) brace++
  return text[brace] === '{' ? brace : null
}
