import { boxBrace, boxCommands } from '../boxed.ts'

const command = new RegExp(boxCommands)

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
/** Characters between a box and the one that was cut while it said the same. */
const longestRepetition = 120
/** Boxes that are kept, from the last one. */
const mostBoxes = 64

/** What may stand between such boxes: punctuation, list marks, "and", a name with an equals sign. */
const joint =
  /^(?:[\s,;.&$*~/|]|-\s|\d\.\s|\\[,;:! ()[\]]|\\\\|\\quad|\\qquad|\\text\{\s*(?:and|or)\s*\}|and|or|or else|und|oder|et|ou|和|或|、|，|\\text\{|\}|\\(?:left|right|big|Big)?[()]|[A-Za-z](?:_\{?\w\}?)?\s*=|the\s+(?:first|second|third|other|larger|smaller)(?:\s+\w{1,12})?\s+is)*$/

/** The name of the unknown whose value is in the box after it. */
const nameBefore = /([A-Za-z](?:_\{?\w\}?)?)\s*=\s*(?:\\[,;:! ]|\$)?\s*$/

/** Instructions that a response repeats: `\boxed{}`, `\boxed{answer}`, `\boxed{\ldots}`. */
const placeholder = /^(?:\\?\.{2,3}|\\ldots|\\text\{)?\s*(?:your |the |final )*(?:answer(?: here)?)?\s*\}?$/i

function isPlaceholder(content: string): boolean {
  return content.length <= 60 && placeholder.test(content)
}

/**
 * The content of the last box of a text; of boxes that state one answer together, as `x=\boxed{1}` and `y=\boxed{2}`, all contents, with their
 * names where every one has its own. `unclosed` when the last box is never closed; null when there is none. Linear in the text's length.
 */
export function boxedAnswer(text: string, read: Boxes = readBoxes(text)): string | 'unclosed' | null {
  const { boxes: all, unclosed } = read
  if (unclosed) return 'unclosed'
  const filled = all.filter(({ content }) => !isPlaceholder(content.trim()))
  const boxes = filled.length > 0 ? filled : all
  const last = boxes.at(-1)
  if (last === undefined) return null
  const group = [last]
  for (let index = boxes.length - 2; index >= 0; index--) {
    const [before, first] = [boxes[index], group[0]]
    if (before === undefined || first === undefined || last.begin - before.end > joinedWithin) break
    const between = text.slice(before.end, first.begin)
    if (between.length > longestJoint || !joint.test(between)) break
    group.unshift(before)
  }
  return stated(text, group)
}

/** What several boxes say together. */
function stated(text: string, group: readonly Box[]): string {
  const names = group.map(({ begin }) => nameBefore.exec(text.slice(Math.max(0, begin - 24), begin))?.[1] ?? null)
  const contents = group.map(({ content }) => (/^(?:\\[ ,;:!]|~|\s)*$/.test(content) ? '' : content.trim()))
  if (group.length > 1 && names.every((name) => name !== null) && new Set(names).size > 1)
    return contents.map((content, index) => `${names[index]} = ${content}`).join(', ')
  return [...new Set(contents)].join(', ')
}

/** The closed boxes of a text, from left to right, and whether its last one is cut. */
export interface Boxes {
  readonly boxes: readonly Box[]
  readonly unclosed: boolean
}

/** A box that holds another is what it says with the inner one in its place. */
export function readBoxes(text: string): Boxes {
  const boxes: Box[] = []
  /** For every open brace, where the box that it opens begins, or -1 when it opens none. */
  const open: { begin: number; content: number }[] = []
  let lastBegun = -1
  let lastClosed = -1
  for (let at = text.search(command); at !== -1 && at < text.length; at++) {
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
      if (closing !== undefined && closing.begin !== -1) {
        lastClosed = Math.max(lastClosed, closing.begin)
        while ((boxes.at(-1)?.begin ?? -1) > closing.begin) boxes.pop()
        boxes.push({ begin: closing.begin, end: at + 1, content: text.slice(closing.content, at) })
        if (boxes.length > mostBoxes) boxes.shift()
      }
    }
  }
  return { boxes, unclosed: lastClosed < lastBegun && !isRepetition(text.slice(lastBegun), lastBegun, boxes) }
}

/** Whether a box that is cut begins what the two before it say: a text that gives its answer again and again until it ends. */
function isRepetition(cut: string, begin: number, boxes: readonly Box[]): boolean {
  const [before, last] = boxes.slice(-2)
  return (
    last !== undefined &&
    begin - last.end < longestRepetition &&
    before?.content === last.content &&
    last.content.startsWith(cut.replace(/^\\\w+\s*\{?/, ''))
  )
}

/** Whether the words around the last box deny it, or take it back: "not \boxed{5}", "\boxed{5} is wrong", "Correction: …". */
export function isDenied(text: string, { boxes }: Boxes): boolean {
  const last = boxes.at(-1)
  if (last === undefined) return false
  const before = text.slice(Math.max(0, last.begin - 24), last.begin)
  const after = text.slice(last.end, last.end + 40)
  const later = text.slice(last.end, last.end + 400)
  return (
    /\b(?:that|this|it)(?:'s| is| was) (?:not (?:right|correct)|wrong|incorrect)\b|\bcorrection:|\bmy mistake\b/i.test(
      later,
    ) ||
    /\b(?:not|isn't|never|cannot be|can't be)\s*(?:\$+|\\[([])?\s*$/i.test(before) ||
    /^\s*(?:\$+|\\[)\]])?\s*(?:is|was|would be)\s+(?:wrong|incorrect|not\b|false|impossible)/i.test(after)
  )
}
