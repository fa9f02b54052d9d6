import { clusteredShare } from './confidence.ts'
import type { EvaluationReport, ProblemScore } from './evaluation-report.ts'
import { passAtK } from './pass-at-k.ts'

export type ReportHead = Pick<
  EvaluationReport,
  'iterationId' | 'roundId' | 'checkpointId' | 'benchmark' | 'problemSetId' | 'samples'
>

/**
 * The report of one checkpoint on one benchmark. Scores are sorted by problem id, so the order in which they come does not matter.
 * pass@k is given for the powers of two for which every problem has enough attempts.
 */
export function evaluationReport(head: ReportHead, scores: readonly ProblemScore[]): EvaluationReport {
  const sorted = scores.toSorted((a, b) => (a.problemId < b.problemId ? -1 : 1))
  const attempts = sum(sorted, (score) => score.samples)
  const fewest = sorted.reduce((least, score) => Math.min(least, score.samples), head.samples)
  const passes: Record<string, number> = {}
  for (let k = 1; k <= fewest; k *= 2)
    passes[k] = perOne(
      sum(sorted, ({ samples, correct }) => passAtK(samples, correct, k)),
      sorted.length,
    )
  return {
    ...head,
    problems: sorted.length,
    passAt1: clusteredShare(sorted),
    passAtK: passes,
    majorityAtK: perOne(
      sum(sorted, (score) => (score.majorityCorrect ? 1 : 0)),
      sorted.length,
    ),
    meanCompletionTokens: perOne(
      sum(sorted, (score) => score.completionTokens),
      attempts,
    ),
    truncatedShare: perOne(
      sum(sorted, (score) => score.truncated),
      attempts,
    ),
    scores: sorted,
  }
}

function sum(scores: readonly ProblemScore[], measure: (score: ProblemScore) => number): number {
  return scores.reduce((total, score) => total + measure(score), 0)
}

function perOne(total: number, count: number): number {
  return count === 0 ? 0 : total / count
}
