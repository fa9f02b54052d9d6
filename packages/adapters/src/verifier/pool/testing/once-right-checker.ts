import { writeFileSync } from 'node:fs'
import type { AnswerChecker } from '../../answer-check.ts'

/** Decides `4` rightly in the first thread that makes the file named by the gold, and wrongly in all others. */
export function createAnswerChecker(): AnswerChecker {
  return async ({ kind, gold }, solution) => {
    if (solution === 'exit') process.exit(1)
    let first = true
    try {
      writeFileSync(gold[0] ?? '', '', { flag: 'wx' })
    } catch {
      first = false
    }
    return { decision: first ? 'correct' : 'incorrect', reason: 'by turns', extracted: solution, verifier: `${kind}@1` }
  }
}
