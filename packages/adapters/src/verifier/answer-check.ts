import type { AnswerOptions } from '@ratchet/answer-equivalence/answer-options.ts'
import { checkAnswer } from '@ratchet/answer-equivalence/check-answer.ts'
import { checkChoice } from '@ratchet/answer-equivalence/choice/check-choice.ts'
import { compareAnswers } from '@ratchet/answer-equivalence/compare-answers.ts'
import { assertNever } from '@ratchet/domain/assert-never.ts'
import type { Verification } from '@ratchet/domain/problem.ts'
import type { Verdict } from '@ratchet/domain/verdict.ts'
import { createExactVerifier } from './exact.ts'

/** A comparison of a final answer with its golds: plain data, so that it can cross to another thread. */
export type AnswerCheck = {
  readonly kind: 'exact' | 'math' | 'choice'
  readonly gold: readonly string[]
  /** `exact` has none. */
  readonly options: AnswerOptions
}

/** Decides a check on a solution. */
export type AnswerChecker = (check: AnswerCheck, solution: string) => Promise<Verdict>

/** The comparison that a problem asks for; null where its verification is no comparison of answers. */
export function answerCheck(verification: Verification): AnswerCheck | null {
  const { kind, gold } = verification
  switch (kind) {
    case 'exact':
      return { kind, gold, options: {} }
    case 'math':
      return { kind, gold, options: verification.options ?? {} }
    case 'choice':
      return { kind, gold, options: { choices: verification.choices } }
    case 'code':
    case 'judge':
      return null
    default:
      return assertNever(kind)
  }
}

/** Compares in the thread that calls it: bounded in steps, not in time. */
export function createAnswerChecker(): AnswerChecker {
  const exact = createExactVerifier()
  return async (check, solution) => {
    const { kind, gold, options } = check
    switch (kind) {
      case 'exact':
        return await exact.verify({ id: 'exact', prompt: '-', verification: { kind, gold: [...gold] } }, solution)
      case 'math':
        return { ...checkAnswer(solution, gold, options), verifier: verifierOf(check) }
      case 'choice':
        return {
          ...checkChoice(solution, gold, options, (a, b) => compareAnswers(a, b, options).equal),
          verifier: verifierOf(check),
        }
      default:
        return assertNever(kind)
    }
  }
}

/** Name and version of what decides a check. */
export function verifierOf({ kind }: AnswerCheck): string {
  return `${kind}@1`
}

export function undecided(check: AnswerCheck, reason: string): Verdict {
  return { decision: 'undecided', reason, extracted: null, verifier: verifierOf(check) }
}
