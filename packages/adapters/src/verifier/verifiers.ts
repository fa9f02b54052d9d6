import { assertNever } from '@ratchet/domain/assert-never.ts'
import type { Verifier } from '@ratchet/ports/verifier.ts'
import { createExactVerifier } from './exact.ts'

/** The verifier that each problem asks for by its kind of verification. */
export function createVerifiers(): Verifier {
  const exact = createExactVerifier()
  return {
    verify: async (problem, solution, signal) => {
      const { kind } = problem.verification
      switch (kind) {
        case 'exact':
          return await exact.verify(problem, solution, signal)
        default:
          return assertNever(kind)
      }
    },
  }
}
