import { equalAnswers, extractAnswer, longestAnswer } from '@ratchet/answer-equivalence/exact-answer.ts'
import type { Decision, Verdict } from '@ratchet/domain/verdict.ts'
import type { Verifier } from '@ratchet/ports/verifier.ts'

/** Solutions with more characters than this are not read. */
const longestSolution = 8_000_000

/**
 * Compares the final answer of a solution with the golds of its problem, spelling aside. A solution without a final answer is incorrect; one
 * whose length, or whose answer's, is over the limits is undecided.
 */
export function createExactVerifier(): Verifier {
  return {
    verify: async (problem, solution) => {
      const { gold } = problem.verification
      if (solution.length > longestSolution)
        return verdict('undecided', `the solution is longer than ${longestSolution} characters`, null)
      const answer = extractAnswer(solution)
      if (answer === null) return verdict('incorrect', 'no final answer', null)
      if (answer.length > longestAnswer)
        return verdict('undecided', `the final answer is longer than ${longestAnswer} characters`, null)
      const matched = gold.find((each) => equalAnswers(answer, each))
      if (matched !== undefined) return verdict('correct', `the final answer equals ${show(matched)}`, answer)
      if (gold.every((each) => each.length > longestAnswer))
        return verdict('undecided', `the gold is longer than ${longestAnswer} characters`, answer)
      return verdict(
        'incorrect',
        `the final answer ${show(answer)} does not equal ${gold.map(show).join(' or ')}`,
        answer,
      )
    },
  }
}

function verdict(decision: Decision, reason: string, extracted: string | null): Verdict {
  return { decision, reason, extracted, verifier: 'exact@1' }
}

function show(answer: string): string {
  return answer.length > 80 ? `"${answer.slice(0, 80)}…"` : `"${answer}"`
}
