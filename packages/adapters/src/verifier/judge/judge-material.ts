import type { Problem } from '@ratchet/domain/problem.ts'
import { cutAttempt } from './cut-attempt.ts'
import { harmlessText } from './harmless-text.ts'
import type { JudgeMaterial } from './judge-protocol.ts'

const longestProblem = 40_000
const longestGolds = 16_000

export type GatheredMaterial =
  | { readonly kind: 'material'; readonly material: JudgeMaterial; readonly isCut: boolean }
  /** There is nothing to ask. */
  | { readonly kind: 'decided'; readonly decision: 'incorrect' | 'undecided'; readonly reason: string }

/** What a judge is shown of a problem and a solution, or why it is not asked. */
export function gatherMaterial({ prompt, verification }: Problem, solution: string): GatheredMaterial {
  if (verification.kind === 'code') return undecided('a program is run, not judged')
  const golds = verification.gold.map(harmlessText)
  const choices = verification.kind === 'choice' ? (verification.choices ?? []).map(harmlessText) : []
  const goldChoices = [...new Set(golds.map((gold) => choiceOf(gold, choices)))]
  if (choices.length > 0 && goldChoices.includes(-1)) return undecided('the gold is not one of the choices')
  const problem = harmlessText(prompt)
  if (problem.length > longestProblem) return undecided(`the problem is longer than ${longestProblem} characters`)
  if ([...golds, ...choices].join().length > longestGolds)
    return undecided(`the golds are longer than ${longestGolds} characters`)
  if (golds.some((gold) => gold === '')) return undecided('a gold has nothing to read')
  const attempt = cutAttempt(solution)
  if (attempt === null) return undecided('the solution is too long to be judged')
  if (attempt.text === '') return { kind: 'decided', decision: 'incorrect', reason: 'the solution is empty' }
  const material = {
    problem,
    golds,
    choices,
    goldChoices: choices.length === 0 ? [] : goldChoices,
    attempt: attempt.text,
  }
  return { kind: 'material', material, isCut: attempt.isCut }
}

/** The position of the choice that a gold names by its letter or repeats; -1 when there is none. */
function choiceOf(gold: string, choices: readonly string[]): number {
  const repeated = choices.indexOf(gold)
  if (repeated >= 0) return repeated
  const letter = /^\(?([A-Za-z])[).]?$/.exec(gold)?.[1]?.toUpperCase()
  const position = letter === undefined ? -1 : letter.charCodeAt(0) - 65
  return position < choices.length ? position : -1
}

function undecided(reason: string): GatheredMaterial {
  return { kind: 'decided', decision: 'undecided', reason }
}
