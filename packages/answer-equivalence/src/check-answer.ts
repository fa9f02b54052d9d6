import type { AnswerOptions } from './answer-options.ts'
import type { AnswerVerdict } from './answer-verdict.ts'
import { equalAnswers, extractAnswer } from './exact-answer.ts'

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
  const extracted = options.extract?.[0] === 'raw' ? response : extractAnswer(response)
  if (extracted === null) return { decision: 'incorrect', reason: 'no final answer', extracted }
  const equal = golds.some((each) => equalAnswers(extracted, each))
  return { decision: equal ? 'correct' : 'incorrect', reason: 'the first slice compares spelling only', extracted }
}
