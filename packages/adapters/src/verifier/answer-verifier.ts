import type { Verdict } from '@ratchet/domain/verdict.ts'
import type { Verifier } from '@ratchet/ports/verifier.ts'
import { type AnswerCheck, answerCheck } from './answer-check.ts'

/** Compares final answers by `check`. What is verified otherwise, by code or by a judge, is undecided here. */
export function createAnswerVerifier(
  check: (check: AnswerCheck, solution: string, signal: AbortSignal | undefined) => Promise<Verdict>,
): Verifier {
  return {
    verify: async ({ verification }, solution, signal) => {
      signal?.throwIfAborted()
      const asked = answerCheck(verification)
      if (asked !== null) return await check(asked, solution, signal)
      return {
        decision: 'undecided',
        reason: `an answer of kind ${verification.kind} is not decided by comparison`,
        extracted: null,
        verifier: 'none',
      }
    },
  }
}
