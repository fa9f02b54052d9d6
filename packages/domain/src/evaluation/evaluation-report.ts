import { z } from 'zod'

const Interval = z.strictObject({ value: z.number(), low: z.number(), high: z.number() })
export type Interval = z.infer<typeof Interval>

/** What one problem of a benchmark came to: how many of its rollouts were correct. */
export const ProblemScore = z.strictObject({
  problemId: z.string(),
  samples: z.number().int(),
  correct: z.number().int(),
  completionTokens: z.number().int(),
  truncated: z.number().int(),
  /** Whether the most frequent extracted answer is a correct one; ties go to the answer seen first. */
  majorityCorrect: z.boolean(),
})
export type ProblemScore = z.infer<typeof ProblemScore>

/** The scores of one checkpoint on one benchmark, with 95 % intervals. All shares are in [0, 1]. */
export const EvaluationReport = z.strictObject({
  iterationId: z.string(),
  roundId: z.string(),
  checkpointId: z.string(),
  benchmark: z.string(),
  problemSetId: z.string(),
  problems: z.number().int(),
  samples: z.number().int(),
  /** Mean over problems of the share of correct rollouts. */
  passAt1: Interval,
  /** Unbiased pass@k (Chen et al., 2021) for the powers of two up to `samples`. */
  passAtK: z.record(z.string(), z.number()),
  majorityAtK: z.number(),
  meanCompletionTokens: z.number(),
  truncatedShare: z.number(),
  scores: z.array(ProblemScore),
})
export type EvaluationReport = z.infer<typeof EvaluationReport>
