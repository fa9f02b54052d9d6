import { assertNever } from '@ratchet/domain/assert-never.ts'
import type { SecondOpinion } from '@ratchet/domain/recipe/recipe.ts'
import type { Verdict } from '@ratchet/domain/verdict.ts'
import type { Verifier } from '@ratchet/ports/verifier.ts'
import { createAnswerChecker } from './answer-check.ts'
import { createAnswerVerifier } from './answer-verifier.ts'
import { type Comparison, createSecondOpinion } from './judge/second-opinion.ts'

export type VerifiersSettings = {
  /** Compares final answers: problems of kind `exact`, `math` and `choice`. Default: in the thread that calls, without a deadline. */
  readonly answers?: Verifier
  readonly code?: Verifier
  readonly judge?: Verifier
  /** When the judge looks at what `answers` has verified; never when left out. */
  readonly secondOpinion?: SecondOpinion | undefined
  readonly onComparison?: (comparison: Comparison) => void
}

/** The verifier that each problem asks for by its kind of verification. */
export function createVerifiers(settings: VerifiersSettings = {}): Verifier {
  const { code, judge, secondOpinion, onComparison } = settings
  const first = settings.answers ?? createAnswerVerifier(createAnswerChecker())
  const answers =
    judge === undefined || secondOpinion === undefined
      ? first
      : createSecondOpinion({ first, judge, ...secondOpinion, ...(onComparison === undefined ? {} : { onComparison }) })
  return {
    verify: async (problem, solution, signal) => {
      const { kind } = problem.verification
      switch (kind) {
        case 'exact':
        case 'math':
        case 'choice':
          return await answers.verify(problem, solution, signal)
        case 'code':
          return (await code?.verify(problem, solution, signal)) ?? missing('no verifier runs programs here')
        case 'judge':
          return (
            (await judge?.verify(problem, solution, signal)) ??
            missing('a judge is to decide and the recipe names none: add verification.judge')
          )
        default:
          return assertNever(kind)
      }
    },
  }
}

function missing(reason: string): Verdict {
  return { decision: 'undecided', reason, extracted: null, verifier: 'none' }
}
