import type { AnswerOptions } from './answer-options.ts'
import type { AnswerVerdict } from './answer-verdict.ts'
import { checkChoice } from './choice/check-choice.ts'
import { type Compared, compareAnswers } from './compare-answers.ts'
import { findAnswer } from './extract/find-answer.ts'
import { limits } from './limits.ts'

/**
 * Whether the final answer of a response equals the gold, or one of several. Never throws for what the texts hold; deterministic and
 * without state: the verdict depends on the arguments alone. Bounded in steps, not in wall-clock time.
 */
export function checkAnswer(
  response: string,
  gold: string | readonly string[],
  options: AnswerOptions = {},
): AnswerVerdict {
  const golds = typeof gold === 'string' ? [gold] : gold
  if (response.length > limits.response)
    return verdict('undecided', `the response is longer than ${limits.response} characters`, null)
  const { decimals } = options
  if (decimals !== undefined && !(Number.isInteger(decimals) && decimals >= 0 && decimals <= 100))
    return verdict('undecided', 'the option decimals is no whole number from 0 to 100', null)
  if (options.extract?.[0] === 'choice')
    return checkChoice(response, golds, options, (a, b) => compareAnswers(a, b, options).equal)
  if (golds.length === 0) return verdict('undecided', 'there is no gold', null)
  const found = findAnswer(response, options)
  if (found.answer === null) return verdict('incorrect', found.reason, null)
  const extracted = found.answer
  if (extracted.length > limits.answer)
    return verdict('undecided', `the answer is longer than ${limits.answer} characters`, cut(extracted))
  let open: Compared | null = null
  for (const each of golds) {
    const compared = compareAnswers(each, extracted, options)
    if (compared.equal === true) return verdict('correct', compared.reason, extracted)
    if (compared.equal === null) open ??= compared
  }
  if (open !== null) return verdict('undecided', open.reason, extracted)
  const wanted = golds.map((each) => quoted(each)).join(' or ')
  return verdict('incorrect', `the answer ${quoted(extracted)} is not ${wanted}`, extracted)
}

function verdict(decision: AnswerVerdict['decision'], reason: string, extracted: string | null): AnswerVerdict {
  return { decision, reason: reason.length > 300 ? `${reason.slice(0, 299)}…` : reason, extracted }
}

function quoted(text: string): string {
  const line = text.replaceAll(/\s+/g, ' ').trim()
  return line.length > 80 ? `"${line.slice(0, 80)}…"` : `"${line}"`
}

function cut(text: string): string {
  return `${text.slice(0, 200)}…`
}
