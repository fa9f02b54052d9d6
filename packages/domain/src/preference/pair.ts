import { type Candidate, type CurationContext, inStableOrder } from '../curation/candidate.ts'
import { groupBy } from '../curation/group-by.ts'
import { preferring } from '../curation/preferring.ts'
import { formatFault } from '../curation/rules/format.ts'
import { unifyWhitespace } from '../curation/unify-whitespace.ts'
import type { PreferencePairs } from '../recipe/recipe.ts'
import type { ThoughtFormat } from '../thought-format/parsed-thought.ts'

export type PreferencePair = { readonly chosen: Candidate; readonly rejected: Candidate }

/**
 * Pairs a correct candidate of valid format with an incorrect one of the same problem and round: the most preferred of either side,
 * then the second of either side, up to `pairsPerProblem`. An undecided candidate is on neither side, and the same text is on a side
 * once. Pairs are in stable order of round and problem; the order of `candidates` does not matter.
 *
 * STILL-2 (arXiv 2412.09413) pairs correct ones of high perplexity with incorrect ones of low perplexity. A replication found that to
 * cause endless outputs, so the directions are the recipe's.
 */
export function buildPairs(
  candidates: readonly Candidate[],
  pairs: PreferencePairs,
  format: ThoughtFormat,
): readonly PreferencePair[] {
  const context = { format }
  const ordered = candidates.toSorted(inStableOrder)
  const groups = groupBy(ordered, (candidate) => `${candidate.roundIndex}\n${candidate.problemId}`)
  return [...groups.values()].flatMap((group) => {
    const chosen = side(group, (candidate) => mayBeChosen(candidate, context)).sort(preferring(pairs.chosen))
    const rejected = side(group, (candidate) => mayBeRejected(candidate, pairs)).sort(preferring(pairs.rejected))
    return chosen.slice(0, pairs.pairsPerProblem).flatMap((good, at) => {
      const bad = rejected[at]
      return bad === undefined ? [] : [{ chosen: good, rejected: bad }]
    })
  })
}

function mayBeChosen(candidate: Candidate, context: CurationContext): boolean {
  return candidate.decision === 'correct' && formatFault(candidate, context) === null
}

function mayBeRejected({ decision, finish }: Candidate, pairs: PreferencePairs): boolean {
  return decision === 'incorrect' && (finish === 'stop' || (finish === 'length' && pairs.allowTruncatedRejected))
}

function side(group: readonly Candidate[], belongs: (candidate: Candidate) => boolean): Candidate[] {
  const byText = groupBy(group.filter(belongs), (candidate) => unifyWhitespace(candidate.text))
  return [...byText.values()].flatMap((same) => same.slice(0, 1))
}
