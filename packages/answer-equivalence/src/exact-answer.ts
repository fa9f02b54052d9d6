import { boxCommands, lastBoxed } from './boxed.ts'
import { plainNumber } from './plain-number.ts'

/** Answers with more characters than this are not compared. */
export const longestAnswer = 4000

const openedBox = new RegExp(String.raw`${boxCommands}\s{0,8}\{`)

/**
 * The final answer of a solution: the content of the last `\boxed{…}`; where no box was ever opened, what follows the last `Answer:` on
 * its line, or on the next one when nothing does; else null. Takes linear time in the text's length.
 */
export function extractAnswer(solution: string): string | null {
  const boxed = lastBoxed(solution)
  if (boxed !== null) return boxed.trim() === '' ? null : boxed.trim()
  if (openedBox.test(solution)) return null
  return announced(solution)
}

function announced(solution: string): string | null {
  let end = -1
  for (const match of solution.matchAll(/answer\s{0,8}:/gi)) end = match.index + match[0].length
  if (end === -1) return null
  const [line = ''] = solution
    .slice(end)
    .split('\n', 64)
    .map(withoutMarkup)
    .filter((each) => each !== '')
  return line === '' ? null : line
}

/** Without Markdown's emphasis around the text and the full stop behind it. */
function withoutMarkup(line: string): string {
  let text = line.trim()
  while (text.startsWith('*') || text.startsWith('_')) text = text.slice(1).trimStart()
  while (text.endsWith('*') || text.endsWith('_')) text = text.slice(0, -1).trimEnd()
  return text.endsWith('.') ? text.slice(0, -1).trimEnd() : text
}

/**
 * Whether two final answers are the same but for spelling: white space, LaTeX spacing and sizing, kinds of minus sign, the spelling of
 * decimal numbers with or without thousands separators, the case of words. Lists are compared element by element, in order. No algebra:
 * `1/2` and `0.5` differ. False for answers longer than `longestAnswer`.
 */
export function equalAnswers(a: string, b: string): boolean {
  if (a.length > longestAnswer || b.length > longestAnswer) return false
  const cleanA = clean(a)
  const cleanB = clean(b)
  if (cleanA === '' || cleanB === '') return false
  return canonical(cleanA) === canonical(cleanB) || canonical(ungrouped(cleanA)) === canonical(ungrouped(cleanB))
}

/** One spelling of everything but numbers. White space is one space, where there was some. */
function clean(answer: string): string {
  const spelled = answer
    .replaceAll(/[\u2212\u2013\u2012\ufe63\uff0d]/g, '-')
    .replaceAll(/[\uff10-\uff19]/g, (digit) => String.fromCharCode(digit.charCodeAt(0) - 0xff10 + 0x30))
    .replaceAll(/\\\$|\$/g, '')
    .replaceAll('\\%', '%')
    .replaceAll('{,}', ',')
    .replaceAll(/\\(?:left|right|displaystyle)(?![A-Za-z])/g, '')
    .replaceAll(/\\[dtc]frac(?![A-Za-z])/g, '\\frac')
    .replaceAll(/\\(?:text|textbf|textit|textrm|mathrm|mathbf)\s?\{([^{}]*)\}/g, '$1')
    .replaceAll(/\^\{?\\circ\}?/g, '°')
    .replaceAll(/\\[,!]/g, '')
    .replaceAll(/\\[;: ]|\\q?quad(?![A-Za-z])|~/g, ' ')
    .replaceAll(/\s+/g, ' ')
    .trim()
  const bare = spelled.endsWith('.') && !/\d\.$/.test(spelled) ? spelled.slice(0, -1).trim() : spelled
  const inner = /^\{([^{}]*)\}$/.exec(bare) ?? /^\(([A-Za-z])\)$/.exec(bare)
  const text = inner?.[1] ?? bare
  return /^[\p{L} '-]{2,}$/u.test(text) ? text.toLowerCase() : text
}

/** Without separators of thousands: a comma between a digit and exactly three digits. */
function ungrouped(text: string): string {
  return text.replaceAll(/(?<=\d),(?=\d{3}(?!\d))/g, '')
}

/** Numbers, between the brackets and commas of lists, in their one spelling; spaces only where two words or numbers would run together. */
function canonical(text: string): string {
  return text
    .split(/([()[\]{},;])/)
    .map((part) => {
      const leaf = part.trim()
      return plainNumber(leaf) ?? leaf.replaceAll(/(?<![\p{L}\d]) | (?![\p{L}\d])/gu, '')
    })
    .join('')
}
