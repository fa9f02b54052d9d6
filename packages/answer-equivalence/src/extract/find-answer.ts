import type { AnswerOptions, ExtractionMode } from '../answer-options.ts'
import { findChoice } from '../choice/find-choice.ts'
import { unescaped } from '../read/normalize.ts'
import { announcedText, withoutMarkup } from './announced.ts'
import { answerPart } from './answer-part.ts'
import { type Boxes, boxedAnswer, isDenied, readBoxes } from './boxes.ts'
import { concludedText, statedValue } from './conclusion.ts'
import { withoutContinuation } from './continuation.ts'
import { doubts } from './denials.ts'
import { type Formula, formulasOf } from './mathematics.ts'
import { fencedAnswer, withoutPrograms } from './programs.ts'

/** The final answer of a response as it is written, or why there is none. */
export type FoundAnswer =
  | { readonly answer: string; readonly mode: ExtractionMode }
  | { readonly answer: null; readonly reason: string }

const defaults: readonly ExtractionMode[] = ['boxed', 'latex', 'expression']

/**
 * The final answer of a response. Only what follows the thought counts. The modes are tried in their order; a box that is never closed ends
 * the search, since the answer was cut. Linear in the response's length.
 */
export function findAnswer(response: string, options: AnswerOptions = {}): FoundAnswer {
  const modes = options.extract ?? defaults
  if (modes[0] === 'raw') return found(answerPart(response), 'raw') ?? none('the response is empty')
  const part = withoutContinuation(answerPart(response))
  if (part.trim() === '') return none(response.trim() === '' ? 'the response is empty' : 'nothing follows the thought')
  const text = searched(part)
  for (const mode of modes) {
    const answer = findBy(mode, text, options)
    if (mode === 'boxed' && modes.length > 1 && answer !== null && isDenied(part, text.boxes()))
      return none('the last box is denied')
    if (answer === 'unclosed') return none('the last box is never closed')
    const result = answer === null ? null : found(answer, mode)
    if (result !== null) return result
    // A box with nothing in it is still the last word, unless an answer is announced besides.
    if (answer !== null && mode === 'boxed' && announcedText(part) === null) return none('the last box is empty')
  }
  return none('no final answer was found')
}

function none(reason: string): FoundAnswer {
  return { answer: null, reason }
}

function found(answer: string, mode: ExtractionMode): FoundAnswer | null {
  const text = unescaped(answer).trim()
  return text === '' ? null : { answer: text, mode }
}

/** What several modes look at, each found once and only when it is asked for. */
interface Searched {
  readonly part: string
  /** Without programs, and without the mark that ends a proof. */
  readonly prose: () => string
  /** What is announced in the prose. */
  readonly announced: () => string | null
  readonly boxes: () => Boxes
}

function searched(part: string): Searched {
  const prose = once(() => withoutPrograms(part).replace(endOfProof, ''))
  return { part, prose, announced: once(() => announcedText(prose())), boxes: once(() => readBoxes(part)) }
}

const endOfProof = /(?:\$?\\(?:blacksquare|square|Box|qed)\$?|[∎□■]|Q\.E\.D\.?)\s{0,20}$/

function once<Value>(compute: () => Value): () => Value {
  let made: { readonly value: Value } | null = null
  return () => {
    made ??= { value: compute() }
    return made.value
  }
}

function findBy(mode: ExtractionMode, text: Searched, options: AnswerOptions): string | 'unclosed' | null {
  const { part } = text
  const alone = options.extract !== undefined && options.extract.length === 1
  switch (mode) {
    case 'raw':
      return part
    case 'boxed':
      return boxedAnswer(part, text.boxes())
    case 'latex':
      return inFormula(text, alone)
    case 'expression':
      return plain(text, options.extract !== undefined)
    case 'choice': {
      const { selection, extracted } = findChoice(part, options.choices ?? [])
      return selection === null ? null : extracted
    }
    case 'last-number':
      return lastNumber(part)
    default:
      return unreachable(mode)
  }
}

/** The formula that is announced, else the one that the text ends with; asked for alone, a box counts as one, and so does any last formula. */
function inFormula(text: Searched, alone: boolean): string | 'unclosed' | null {
  const part = text.prose()
  if (alone) {
    const boxed = boxedAnswer(part)
    if (boxed !== null) return boxed
  }
  const announced = text.announced()
  if (announced !== null) {
    const formulas = formulasOf(announced)
    const [first] = formulas
    const last = formulas.at(-1)
    if (first === undefined || last === undefined) return /\\[a-z]/i.test(announced) ? withoutProse(announced) : null
    // Words before it may deny it or make it another value: they are part of the answer.
    if (announced.slice(0, first.begin).trim() !== '') return announced
    const together = formulas.every(
      (each, index) => index === 0 || isJoined(announced, formulas[index - 1]?.end ?? 0, each.begin),
    )
    return first === last || !together ? withoutProse(announced) : announced.slice(first.begin, last.end)
  }
  const formulas = formulasOf(part)
  const last = formulas.at(-1)
  if (last === undefined) return null
  const after = part.slice(last.end).trim()
  return alone || /^[.!]?$/.test(after) ? joined(part, formulas, last) : null
}

/** "$x=1$, $x=2$ and $x=3$" at the end is one answer. Of a derivation in words only what it comes to. */
function joined(part: string, formulas: readonly Formula[], last: Formula): string {
  let first = last
  for (let index = formulas.length - 2; index >= 0; index--) {
    const before = formulas[index]
    if (before === undefined || !isJoined(part, before.end, first.begin)) break
    first = before
  }
  return first === last ? statedValue(lastSide(last.content)) : part.slice(first.begin, last.end)
}

function isJoined(text: string, end: number, begin: number): boolean {
  return /^\s*(?:,|;|and|or|,\s*and|,\s*or|&)\s*$/.test(text.slice(end, begin))
}

function lastSide(formula: string): string {
  // The last row of a derivation that goes on from the rows before it.
  const row = formula
    .replace(/\\end\{\w+\*?\}\s*$/, '')
    .split(/\\\\/)
    .filter((each) => each.trim() !== '')
    .at(-1)
  const continued = row === undefined || !/\\begin\{|\\\\/.test(formula) ? null : /^\s*&\s*=\s*([^=&]+)$/.exec(row)
  if (continued?.[1] !== undefined) return continued[1].trim()
  const equals = formula.lastIndexOf('=')
  return equals !== -1 &&
    (formula.includes('\\text') || /^\s*\\(?:i{0,3}int|oint|sum|prod|lim)(?![a-z])/.test(formula)) &&
    !/[<>]|\\[lg]e/.test(formula)
    ? formula.slice(equals + 1)
    : formula
}

/** What is announced in plain text, or what a last sentence says something is. */
function plain(text: Searched, explicit: boolean): string | null {
  const announced = text.announced()
  if (announced !== null) return withoutProse(announced)
  const part = text.prose()
  const fenced = fencedAnswer(part)
  if (fenced !== null) return fenced
  const whole = withoutMarkup(part.trim().replace(/^```\w{0,12}\n(.*)\n```$/s, '$1'))
  if (
    whole.length <= 200 &&
    !whole.includes('\n') &&
    !/[A-Za-z]{3,}\s+[A-Za-z]{2,}|\b(?:gives|hence|thus|therefore|so)\b/.test(whole)
  )
    return whole.replace(/[.。]$/, '')
  const concluded = concludedText(part)
  if (concluded !== null) return lastSide(concluded)
  return explicit ? lastNumber(part) : null
}

/** Up to where an announced answer goes over into an explanation; whole when what follows doubts it. */
function withoutProse(announced: string): string {
  // "(a) 4 and (b) 9"
  if (/^\(?a\)[^\n]*\(?b\)/.test(announced)) return announced.replace(/[.。]$/, '')
  const [formula] = formulasOf(announced)
  const begin = formula?.begin === 0 ? formula.end : 0
  const rest = announced.slice(begin)
  const contrast = /,?\s+(?:and |but )?not\s+\$?[-−\d\\][^.]{0,40}[.]?$/.exec(rest)
  if (contrast !== null && !doubts(rest.slice(0, contrast.index)))
    return withoutProse(announced.slice(0, begin + contrast.index))
  const restated =
    /\s\((?:or |i\.e\.,? |that is,? |which is )?(?:(?:about |approximately |roughly |≈ ?|\\approx ?)\$?[\d.,]+\$?%?|\$?[\d.,]+\$?%? (?:as a decimal|in decimal form|when rounded))\)[.]?$/.exec(
      rest,
    )
  if (restated !== null) return withoutProse(announced.slice(0, begin + restated.index))
  const cut =
    /(?:,\s+|\s+)(?:because|since|as|which|so|where each|obtained|when we|i hope|by|after|from)\b|\s[-–—]{1,2}\s|\s\((?!\d)|[.;]\s/i.exec(
      rest,
    )
  const head = cut === null ? announced : announced.slice(0, begin + cut.index)
  if (cut !== null && doubts(rest.slice(cut.index))) return announced
  const stated = head.trim().replace(/[.。]$/, '')
  const after = formula?.begin === 0 ? stated.slice(formula.end).trim() : ''
  return formula?.begin === 0 && after === '' ? lastSide(formula.content) : stated
}

/** The last number of a text, with its sign, decimals, separators and a fraction bar. */
export function lastNumber(text: string): string | null {
  const tail = text.slice(-20_000)
  let last: string | null = null
  for (const match of tail.matchAll(
    /(?<![\w.])[-−]?\$?(?:\d{1,3}(?:(?:,|\{,\}|\\,)\d{3})+(?!\d)|\d+)?(?:\.\d+|(?<=\d))(?:\/\d+)?/g,
  ))
    if (/\d/.test(match[0])) last = match[0]
  return last
}

function unreachable(mode: never): never {
  throw new Error(`no such mode: ${String(mode)}`)
}
