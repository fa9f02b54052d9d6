import { assertNever } from './assert-never.ts'
import type { Problem, Verification } from './problem.ts'

/** One line that two equal problems share, and no others: keys in a fixed order, absent ones left out. The ids of problem sets are made of it. */
export function canonicalProblem({ id, prompt, verification, domain, difficulty }: Problem): string {
  return JSON.stringify({ id, prompt, verification: canonical(verification), domain, difficulty })
}

function canonical(verification: Verification): object {
  const { kind, gold } = verification
  switch (kind) {
    case 'math': {
      const { extract, strict, decimals, percent } = verification.options ?? {}
      const options = { extract, strict, decimals, percent }
      return Object.values(options).every((each) => each === undefined) ? { kind, gold } : { kind, gold, options }
    }
    case 'choice':
      return { kind, gold, choices: verification.choices }
    case 'exact':
    case 'code':
    case 'judge':
      return { kind, gold }
    default:
      return assertNever(kind)
  }
}
