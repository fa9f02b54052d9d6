import { checkAnswer } from '@ratchet/answer-equivalence/check-answer.ts'
import { assertNever } from '@ratchet/domain/assert-never.ts'
import type { Verifier } from '@ratchet/ports/verifier.ts'
import { createExactVerifier } from './exact.ts'

/** The verifier that each problem asks for by its kind of verification. */
export function createVerifiers(): Verifier {
  const exact = createExactVerifier()
  return {
    verify: async (problem, solution, signal) => {
      const { verification } = problem
      switch (verification.kind) {
        case 'exact':
          return await exact.verify(problem, solution, signal)
        case 'math':
          return { ...checkAnswer(solution, verification.gold, verification.options ?? {}), verifier: 'math@1' }
        case 'choice':
        case 'code':
        case 'judge':
          return {
            decision: 'undecided',
            reason: `no verifier of kind ${verification.kind} is set up`,
            extracted: null,
            verifier: 'none',
          }
        default:
          return assertNever(verification)
      }
    },
  }
}
