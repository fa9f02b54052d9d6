import { Finish, Purpose } from '@ratchet/domain/trajectory.ts'
import { Verdict } from '@ratchet/domain/verdict.ts'
import type { StoredTrajectory } from '@ratchet/ports/trajectory-store.ts'
import { z } from 'zod'
import { ProblemView } from './problem-set.ts'

/** One attempt at a problem, without its text. */
export const TrajectorySummary = z
  .strictObject({
    id: z.string(),
    roundId: z.string(),
    roundIndex: z.number().int(),
    purpose: Purpose,
    problemSetId: z.string(),
    problemId: z.string(),
    index: z.number().int(),
    policyVersion: z.string(),
    endpoint: z.string(),
    seed: z.number().int(),
    templateHash: z.string(),
    finish: Finish,
    failure: z.string().nullable(),
    promptTokens: z.number().int(),
    completionTokens: z.number().int(),
    logprobSum: z.number().nullable(),
    textSha256: z.string(),
    verdict: Verdict,
    /** By model name. */
    perplexities: z.record(z.string(), z.number()),
  })
  .meta({ id: 'TrajectorySummary' })
export type TrajectorySummary = z.infer<typeof TrajectorySummary>

/** What one curation did with a trajectory. `curationId` is `recipe` for the round's own, else a re-curation's. */
export const DecisionView = z.strictObject({
  roundId: z.string(),
  curationId: z.string(),
  kept: z.boolean(),
  rule: z.string().nullable(),
  value: z.string().nullable(),
})

/** Everything known about one attempt: why it was kept or dropped. */
export const TrajectoryView = z
  .strictObject({
    ...TrajectorySummary.shape,
    text: z.string(),
    problem: ProblemView.nullable(),
    /** Newest last; the newest counts. */
    verdicts: z.array(z.strictObject({ ...Verdict.shape, at: z.iso.datetime() })),
    decisions: z.array(DecisionView),
  })
  .meta({ id: 'Trajectory' })
export type TrajectoryView = z.infer<typeof TrajectoryView>

export function trajectorySummary({
  segment: _segment,
  firstDecision: _first,
  ...trajectory
}: StoredTrajectory): TrajectorySummary {
  return { ...trajectory, perplexities: { ...trajectory.perplexities } }
}
