import { RoundRecipe } from '@ratchet/domain/recipe/recipe.ts'
import { RoundState } from '@ratchet/domain/round/round-state.ts'
import { StageName } from '@ratchet/domain/round/stage-name.ts'
import type { Round, Shard } from '@ratchet/ports/round-store.ts'
import { z } from 'zod'
import { TrainingSummary } from './training.ts'

const count = z.number().int()

/** A round without its progress. `results` holds what each finished stage reported, by stage. */
export const RoundSummary = z
  .strictObject({
    id: z.string(),
    iterationId: z.string(),
    index: count,
    state: RoundState,
    reason: z.string().nullable(),
    incumbentCheckpointId: z.string().nullable(),
    candidateCheckpointId: z.string().nullable(),
    results: z.record(z.string(), z.unknown()),
    startedAt: z.iso.datetime().nullable(),
    finishedAt: z.iso.datetime().nullable(),
  })
  .meta({ id: 'RoundSummary' })
export type RoundSummary = z.infer<typeof RoundSummary>

export const Progress = z.strictObject({
  done: z.number(),
  total: z.number(),
  unit: z.string(),
  note: z.string().optional(),
})
export type Progress = z.infer<typeof Progress>

export const ShardCounts = z.strictObject({
  total: count,
  pending: count,
  claimed: count,
  waiting: count,
  done: count,
  failed: count,
})

/** `pending`: not begun; `planning`: being divided into shards. */
export const StageState = z.enum(['pending', 'planning', 'running', 'done', 'failed', 'cancelled'])

export const StageProgress = z
  .strictObject({
    stage: StageName,
    state: StageState,
    /** Null until the stage was planned. */
    shards: ShardCounts.nullable(),
    /** Summed over the shards that have reported, in the unit that the stage counts in. */
    progress: Progress.nullable(),
    /** Why a shard failed, or what one waits for. */
    reason: z.string().nullable(),
    /** What the stage reported when it finished. */
    result: z.unknown(),
  })
  .meta({ id: 'StageProgress' })
export type StageProgress = z.infer<typeof StageProgress>

export const Tally = z
  .strictObject({
    rollouts: count,
    correct: count,
    incorrect: count,
    undecided: count,
    failed: count,
    promptTokens: count,
    completionTokens: count,
  })
  .meta({ id: 'Tally' })

/** A round with the progress of its stages and what was sampled in it so far. */
export const RoundView = z
  .strictObject({
    ...RoundSummary.shape,
    recipe: RoundRecipe.meta({ id: 'RoundRecipe' }),
    stages: z.array(StageProgress),
    tallies: z.strictObject({ explore: Tally, evaluate: Tally }),
    /** Null until it has begun to train. */
    training: TrainingSummary.nullable(),
  })
  .meta({ id: 'Round' })
export type RoundView = z.infer<typeof RoundView>

/** A shard without its input and result, which only its stage can read. */
export const ShardView = z
  .strictObject({
    stage: StageName,
    index: count,
    status: z.enum(['pending', 'claimed', 'waiting', 'done', 'failed']),
    claim: count,
    owner: z.string().nullable(),
    leaseUntil: z.iso.datetime().nullable(),
    lookAgainAt: z.iso.datetime().nullable(),
    failures: count,
    reason: z.string().nullable(),
    progress: Progress.nullable(),
  })
  .meta({ id: 'Shard' })
export type ShardView = z.infer<typeof ShardView>

export function roundSummary(round: Round): RoundSummary {
  const { id, iterationId, index, state, reason, incumbentCheckpointId, candidateCheckpointId, results } = round
  return {
    id,
    iterationId,
    index,
    state,
    reason,
    incumbentCheckpointId,
    candidateCheckpointId,
    results: { ...results },
    startedAt: round.startedAt?.toISOString() ?? null,
    finishedAt: round.finishedAt?.toISOString() ?? null,
  }
}

export function shardView(shard: Shard): ShardView {
  const { stage, index, status, claim, owner, failures, reason, progress } = shard
  return {
    stage,
    index,
    status,
    claim,
    owner,
    leaseUntil: shard.leaseUntil?.toISOString() ?? null,
    lookAgainAt: shard.lookAgainAt?.toISOString() ?? null,
    failures,
    reason,
    progress,
  }
}
