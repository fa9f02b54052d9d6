import type { Decision } from '@ratchet/domain/verdict.ts'
import type { AnswerCheck, AnswerChecker } from '../answer-check.ts'

/** A comparison whose decision is known. */
export type Canary = {
  readonly name: string
  readonly check: AnswerCheck
  readonly solution: string
  /** `not correct`: incorrect or undecided. */
  readonly decision: Decision | 'not correct'
}

/** The first canary that is decided otherwise than it must be, in one sentence; null when all are right. */
export async function failedCanary(check: AnswerChecker, canaries: readonly Canary[]): Promise<string | null> {
  for (const { name, check: asked, solution, decision } of canaries) {
    const failed = (what: string): string =>
      `"${name}" must be ${decision}: ${asked.kind}, gold ${JSON.stringify(asked.gold)}, solution ${JSON.stringify(solution)}; ${what}`
    try {
      const verdict = await check(asked, solution)
      const right = decision === 'not correct' ? verdict.decision !== 'correct' : verdict.decision === decision
      if (!right) return failed(`it was ${verdict.decision} because ${verdict.reason}`)
    } catch (error) {
      return failed(`the comparison failed: ${error instanceof Error ? error.message : String(error)}`)
    }
  }
  return null
}
