import type { AnswerOptions } from './answer-options.ts'
import { sameMoment } from './compare/calendar.ts'
import { partsOf } from './compare/labelled-parts.ts'
import { sameAnswer } from './compare/same-answer.ts'
import { spelling } from './compare/spelling.ts'
import { contains, namesOf } from './evaluate/names.ts'
import { boxedAnswer } from './extract/boxes.ts'
import { findAnswer } from './extract/find-answer.ts'
import { Budget, limits, Undecidable } from './limits.ts'
import { isInfinity } from './read/build-node.ts'
import type { Node } from './read/node.ts'
import { normalize, unescaped } from './read/normalize.ts'
import { Malformed, parse, Unevaluated } from './read/parse.ts'

/** `equal` is null when the two could not be compared; the reason says why. */
export interface Compared {
  readonly equal: boolean | null
  readonly reason: string
}

type Reading =
  | { readonly node: Node }
  | { readonly problem: 'malformed' | 'undecidable' | 'unevaluated'; readonly reason: string }

/** Whether two answers, without the text around them, are the same mathematical object. The gold comes first. */
export function compareAnswers(gold: string, answer: string, options: AnswerOptions = {}): Compared {
  if (gold.trim() === '') return { equal: null, reason: 'the gold is empty' }
  if (gold.length > limits.answer || answer.length > limits.answer)
    return { equal: null, reason: `an answer is longer than ${limits.answer} characters` }
  const whole = sameWhole(gold, answer)
  if (whole !== null) return { equal: whole, reason: whole ? 'the answer is the gold' : `${answer} is not ${gold}` }
  const wanted = goldOf(gold)
  const [cleanGold, cleanAnswer] = [clean(wanted), clean(answer)]
  const option = sameOption(cleanGold, cleanAnswer)
  if (option !== null)
    return { equal: option, reason: option ? "the letter of the option is the gold's" : `${answer} is not ${gold}` }
  const lettered = withoutLetter(cleanGold, cleanAnswer)
  if (lettered !== null) return compareAnswers(gold, lettered, options)
  if (cleanAnswer === '') return { equal: false, reason: 'the answer is empty' }
  if (cleanGold === '') return { equal: null, reason: 'the gold is empty' }
  const moment = sameMoment(cleanGold, cleanAnswer)
  if (moment !== null)
    return { equal: moment, reason: moment ? 'the two are the same date or time' : `${answer} is not ${gold}` }
  const parts = sameParts(cleanGold, cleanAnswer, options)
  if (parts !== null) return parts
  const letters = sameLetters(cleanGold, cleanAnswer)
  if (letters !== null)
    return { equal: letters, reason: letters ? 'the letters are the same' : `${answer} is not ${gold}` }
  const alike = spelling(cleanGold) === spelling(cleanAnswer)
  if (alike && !/inf|oo|∞/i.test(cleanGold)) return { equal: true, reason: 'the answer is written as the gold' }
  const golds = readings(cleanGold, false)
  if (alike && isWritable(golds)) return { equal: true, reason: 'the answer is written as the gold' }
  return compareReadings(golds, readings(cleanAnswer, true), cleanGold, cleanAnswer, options)
}

/** Most answers are short whole numbers, which need no reading; null for others. */
function sameWhole(gold: string, answer: string): boolean | null {
  const digits = /^-?[1-9]\d{0,14}$/
  return digits.test(gold) && digits.test(answer) ? gold === answer : null
}

function isConstant(reading: Reading): boolean {
  return 'node' in reading && reading.node.kind !== 'text' && namesOf([reading.node]).all.size === 0
}

/** Written alike is equal unless what is written has no value, as ∞ - ∞. */
function isWritable([first]: readonly Reading[]): boolean {
  if (first === undefined || !('node' in first)) return true
  const { node } = first
  if (node.kind !== 'sum' && node.kind !== 'product' && node.kind !== 'quotient') return true
  return !contains(node, isInfinity)
}

function compareReadings(
  golds: readonly Reading[],
  answers: readonly Reading[],
  gold: string,
  answer: string,
  options: AnswerOptions,
): Compared {
  let open: string | null = null
  const budget = new Budget()
  for (const left of golds) {
    for (const right of answers) {
      if (!('node' in left) || !('node' in right)) continue
      try {
        const same = sameAnswer(left.node, right.node, options, budget)
        if (same === true) return { equal: true, reason: 'the answer equals the gold' }
        if (same === null) open ??= 'the two could not be compared at any point'
      } catch (error) {
        if (!isBeyondLimits(error)) throw error
        open ??= error instanceof Undecidable ? error.message : 'the two are too large to compare'
      }
    }
  }
  const [left] = golds
  const [right] = answers
  if (left !== undefined && !('node' in left)) return { equal: null, reason: `the gold cannot be read: ${left.reason}` }
  // A number is wanted, and the answer only says how to find it.
  if (
    right !== undefined &&
    'problem' in right &&
    right.problem === 'unevaluated' &&
    left !== undefined &&
    isConstant(left)
  )
    return { equal: false, reason: 'the answer is not worked out' }
  if (right !== undefined && !('node' in right))
    return right.problem !== 'malformed'
      ? { equal: null, reason: `the answer cannot be read: ${right.reason}` }
      : { equal: false, reason: `the answer is no mathematics: ${right.reason}` }
  if (open !== null) return { equal: null, reason: open }
  return { equal: false, reason: `${answer} is not ${gold}` }
}

/** A gold may come in a box, or at the end of a sentence. */
function goldOf(gold: string): string {
  const boxed = boxedAnswer(gold)
  if (boxed !== null && boxed !== 'unclosed') return boxed
  const answer = gold.match(/^[^\n]{0,400}####\s*(\S[^\n]*)$/)
  if (answer?.[1] !== undefined) return answer[1]
  if (!/\b(?:answer|solution) (?:is|are|:)/i.test(gold)) return gold
  const found = findAnswer(gold, {})
  return found.answer ?? gold
}

/** Labelled parts of an answer, one by one; null when the gold has none. */
function sameParts(gold: string, answer: string, options: AnswerOptions): Compared | null {
  const wanted = partsOf(gold)
  const given = wanted === null ? null : partsOf(answer)
  if (wanted === null || given === null) return null
  if (wanted.size !== given.size) return { equal: false, reason: 'the answer has other parts than the gold' }
  let result: boolean | null = true
  for (const [label, part] of wanted) {
    const other = given.get(label)
    const { equal } = other === undefined ? { equal: false } : compareAnswers(part, other, options)
    if (equal === false) return { equal: false, reason: `part ${label} differs` }
    result = equal === null ? null : result
  }
  return { equal: result, reason: result === null ? 'a part could not be compared' : 'every part equals the gold' }
}

/** Names of points in capitals are no products: ABCD is not ACDB. Null for others. */
function sameLetters(gold: string, answer: string): boolean | null {
  // The letters of several options, in any order: "A, C" and "AC".
  const several = /^[A-J](?:(?:, ?| and |, and | & )[A-J])+$/
  if (several.test(gold) && /^[A-J]{2,10}$/.test(answer)) return sorted(gold) === sorted(answer)
  const pattern = /^[A-Z]{3,}$/
  return pattern.test(gold) && pattern.test(answer) && gold.length === answer.length ? gold === answer : null
}

function sorted(letters: string): string {
  return [...letters.replaceAll(/[^A-J]/g, '')].sort().join('')
}

/** What stands behind the letter of an option, `25` of `(D) 25`, when the gold has no letter; null for others. */
function withoutLetter(gold: string, answer: string): string | null {
  if (/^(?:\\text\s?\{)?\s?\(?[A-J]\)?/.test(gold)) return null
  const rest = /^(?:\\(?:text|textbf|mathrm|mathbf)\s?\{)?\s?\([A-H]\)(?:\s?\}|\s|~|\\[ ,;]|\\q?quad)+(.+)$/.exec(
    answer,
  )?.[1]
  return rest === undefined || /^[-+*/^_=<>.,;:]|^(?:or|and|is|not)\b|\([A-H]\)/.test(rest) ? null : rest.trim()
}

/** A gold that is a letter of an option, and an answer that adds the option's text to a letter; null for others. */
function sameOption(gold: string, answer: string): boolean | null {
  const wanted = /^(?:\\(?:text|textbf|mathrm|mathbf)\s?\{)?\s?\(?([A-J])\)?\.?\s?\}?$/.exec(gold)?.[1]
  if (wanted === undefined) return null
  const given = /^(?:\\(?:text|textbf|mathrm|mathbf)\s?\{)?\s?(?:\(([A-J])\)|([A-J])[).:])(?:[\s}]*\S|\}?$)/.exec(
    answer,
  )
  // What follows must be the option's text, not another option or a denial.
  if (
    given === null ||
    /(?:^|[\s(,;:/{])[A-J](?:[).:,;\s}]|$)|\b(?:or|and|not|no|wrong|incorrect|incorrectly|false|isn't|neither|excluded|ruled|maybe|perhaps|oder|nein|to)\b/.test(
      answer.slice(given[0].length - 1),
    )
  )
    return null
  return (given[1] ?? given[2]) === wanted
}

/** Without what surrounds an answer and says nothing: white space, full stops, commas, emphasis, one pair of quotation marks. */
function clean(text: string): string {
  let result = unescaped(text).trim()
  for (let round = 0; round < 4; round++) {
    const before = result
    result = result
      .replace(/^(?:\*\*|__|`+)(.*?)(?:\*\*|__|`+)$/s, '$1')
      .replace(/^["“”'‘](.*)["“”'’]$/s, '$1')
      .replace(/(?<!\\|\.|&[a-z]{2,8})(?:[.。,;:，；](?!\.)|\\\\|\\[,;:! ])\s*$/, '')
      .trim()
    if (result === before) break
  }
  return result
}

/** How a text can be read, the likeliest first. */
function readings(text: string, isAnswer: boolean): readonly Reading[] {
  const normal = normalize(text)
  const results: Reading[] = [read(normal, true)]
  const [first] = results
  // A gold that is one number with its separators is no list.
  if (/\d,\d{3}(?!\d)/.test(normal) && (isAnswer || !/^-?\d{1,3}(?:,\d{3})+$/.test(normal)))
    results.push(read(normal, false))
  // "5600 K": a space before a letter makes a unit of it.
  const unit = /^(-?\d[\d.,]*(?:\s*(?:\\times|\\cdot|\*|×)\s*10\^\{?-?\d+\}?)?)\s+([mgsLhNJWVAKFCT])$/.exec(normal)
  if (unit !== null) results.push(read(`${unit[1]}\\text{ ${unit[2]}}`, true))
  // A decimal comma.
  if (isAnswer && /^-?\d+,\d{1,2}(?:\s+[^\d,]{1,40})?$/.test(normal)) results.push(read(normal.replace(',', '.'), true))
  if (first !== undefined && !('node' in first) && first.problem === 'malformed') {
    const repaired = repair(normal)
    if (repaired !== normal) {
      const again = read(repaired, true)
      if ('node' in again) return [again]
    }
  }
  return results
}

function read(text: string, grouped: boolean): Reading {
  try {
    return { node: parse(text, grouped) }
  } catch (error) {
    if (error instanceof Unevaluated) return { problem: 'unevaluated', reason: error.message }
    if (error instanceof Undecidable) return { problem: 'undecidable', reason: error.message }
    if (error instanceof Malformed) return { problem: 'malformed', reason: error.message }
    if (isBeyondLimits(error)) return { problem: 'undecidable', reason: 'it is nested too deeply' }
    throw error
  }
}

/** A limit of ours; else the engine's own, of its stack or of its integers. */
function isBeyondLimits(error: unknown): boolean {
  return error instanceof Undecidable || error instanceof RangeError
}

/** Without closing braces that nothing opened, and with commands whose backslash is doubled or missing. */
function repair(text: string): string {
  let depth = 0
  let result = ''
  for (const [index, letter] of [...text].entries()) {
    const escaped = text[index - 1] === '\\'
    if (letter === '{' && !escaped) depth++
    if (letter === '}' && !escaped && --depth < 0) {
      depth = 0
      continue
    }
    result += letter
  }
  return result.replaceAll(/(?<![\\A-Za-z])(frac|sqrt|times|cdot|infty|dfrac|tfrac)(?=[\s{[(\d])/g, '\\$1')
}
