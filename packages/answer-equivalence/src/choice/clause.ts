import { isOpening, readOptionMark } from './option-mark.ts'
import type { Token } from './tokens.ts'
import { clauseOpenings, disclaimers, interruptions, isNegation, refusals } from './vocabulary.ts'

const stops = new Set(['.', '!', '?', ';', '。', '！', '？', '；'])

/** Whether a token ends a sentence. */
export function endsSentence(token: Token | undefined): boolean {
  return token === undefined || token.kind === 'line' || stops.has(token.text)
}

/** Sentences and lines are read no farther than this, in tokens, so that each takes a bounded time. */
const longestSentence = 400

/** The token that ends the sentence that goes on at `at`. */
export function sentenceEnd(tokens: readonly Token[], at: number): number {
  let end = at
  while (end < at + longestSentence && (!endsSentence(tokens[end]) || isInsideWord(tokens, end))) end++
  return end
}

/** The full stop of `U.S` ends nothing. */
function isInsideWord(tokens: readonly Token[], at: number): boolean {
  return tokens[at]?.text === '.' && tokens[at]?.clinging === true && tokens[at + 1]?.clinging === true
}

export function lineEnd(tokens: readonly Token[], at: number, within: number = longestSentence): number {
  let end = at
  while (end < tokens.length && end < at + within && tokens[end]?.kind !== 'line') end++
  return end
}

/** Whether a sentence asks, from a token on. */
export function asks(tokens: readonly Token[], at: number): boolean {
  const end = tokens[sentenceEnd(tokens, at)]?.text
  return end === '?' || end === '？'
}

/** Whether what stands before a token in its clause makes it a condition, a refusal, a question or the opinion of somebody else. */
export function isDisclaimed(tokens: readonly Token[], at: number): boolean {
  for (let before = at - 1; before >= 0 && before >= at - 10; before--) {
    const token = tokens[before]
    if (token === undefined || endsSentence(token) || token.text === ':' || clauseOpenings.has(token.name)) return false
    if (disclaimers.has(token.name) || isNegation(token.name)) return true
    if (before >= at - 2 && refusals.has(token.name)) return true
  }
  return false
}

/** Whether the sentence of a token takes something back, as `Wait, B is wrong` does. */
export function interrupts(tokens: readonly Token[], at: number): boolean {
  for (let before = at - 1; before >= at - 6; before--) {
    const token = tokens[before]
    if (token === undefined || endsSentence(token)) return false
    if (interruptions.has(token.name)) return true
  }
  return false
}

/**
 * Whether the mark at `at` is one of a list of all the options, as a question prints it: its text is followed by the mark of the next
 * letter, in the same line without a word between, or at the beginning of the next line.
 */
export function beginsListing(tokens: readonly Token[], at: number, letters: number): boolean {
  const mark = readOptionMark(tokens, at, letters)
  if (mark === null) return false
  let lines = 0
  for (let next = mark.next + 1; next < tokens.length && next < mark.next + 80; next++) {
    if (tokens[next]?.kind === 'line') lines++
    if (lines > 2) return false
    const other = isOpening(tokens[next - 1]) ? null : readOptionMark(tokens, next, letters)
    if (other === null || other.letter.charCodeAt(0) !== mark.letter.charCodeAt(0) + 1) continue
    const opensLine = tokens[next - 1]?.kind === 'line'
    const label = other.bracketed || tokens[other.next]?.text === '.' || tokens[other.next]?.text === ':'
    if (!label || tokens[mark.next]?.kind === 'line') continue
    const texted =
      tokens[other.next]?.kind !== undefined && !endsSentence(tokens[other.next + (other.bracketed ? 0 : 1)])
    const loose = !/^(?:and|or|to|than|as|,|\/|&|with|not|in)$/.test(tokens[next - 1]?.name ?? '')
    if (texted && (opensLine || (lines === 0 && loose))) return true
  }
  return false
}
