import { assertNever } from '../assert-never.ts'
import { type Candidate, inStableOrder } from './candidate.ts'

export type Preference = 'first' | 'shortest' | 'longest' | 'lowest-perplexity' | 'highest-perplexity'

/** Sorts the preferred ones to the front. Ties go by stable order; without a finite perplexity or a token count one comes last where
 * that is what counts. */
export function preferring(preference: Preference): (a: Candidate, b: Candidate) => number {
  const cost = costOf(preference)
  return (a, b) => {
    const costA = cost(a)
    const costB = cost(b)
    if (costA !== costB) return costA < costB ? -1 : 1
    return inStableOrder(a, b)
  }
}

function costOf(preference: Preference): (candidate: Candidate) => number {
  switch (preference) {
    case 'first':
      return () => 0
    case 'shortest':
      return ({ completionTokens }) => finiteOrLast(completionTokens, 1)
    case 'longest':
      return ({ completionTokens }) => finiteOrLast(completionTokens, -1)
    case 'lowest-perplexity':
      return ({ perplexity }) => finiteOrLast(perplexity, 1)
    case 'highest-perplexity':
      return ({ perplexity }) => finiteOrLast(perplexity, -1)
    default:
      return assertNever(preference)
  }
}

function finiteOrLast(value: number | null, sign: 1 | -1): number {
  return value !== null && Number.isFinite(value) ? sign * value : Number.POSITIVE_INFINITY
}
