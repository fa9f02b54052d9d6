import type { RoundRecipe } from '@ratchet/domain/recipe/recipe.ts'
import type { TrainingStep } from '@ratchet/ports/cluster.ts'
import {
  type StepPosition,
  type TrainingAttempt,
  type TrainingRun,
  trainingStates,
} from '@ratchet/ports/training-store.ts'
import { z } from 'zod'

const count = z.number().int()
export const TrainingPhaseName = z.enum(['sft', 'dpo'])
type TrainingPhaseName = z.infer<typeof TrainingPhaseName>

/** A round's training job as a worker last saw it. Step and loss are the newest, kept when it no longer runs. */
export const TrainingSummary = z
  .strictObject({
    backend: z.string(),
    state: z.enum(trainingStates),
    attempt: count,
    /** What it waits for, in the scheduler's words, or why it ended. */
    reason: z.string().nullable(),
    /** Jobs before it; null where the scheduler does not tell, or it waits no more. */
    queuePosition: count.nullable(),
    phase: z.string().nullable(),
    step: count.nullable(),
    maxSteps: count.nullable(),
    loss: z.number().nullable(),
    tokensPerSecond: z.number().nullable(),
    expectedEndAt: z.iso.datetime().nullable(),
    heartbeatAt: z.iso.datetime().nullable(),
    /** Running time over all attempts. */
    seconds: z.number(),
    /** The same times the GPUs of a run; 0 on a CPU. */
    gpuSeconds: z.number(),
    /** By the recipe's `cluster.maxGpuHours`; null without. */
    gpuSecondsBudget: z.number().nullable(),
    /** By the recipe's `cluster.gpuHourCost`, in its currency; null without. */
    cost: z.number().nullable(),
    costBudget: z.number().nullable(),
    updatedAt: z.iso.datetime(),
  })
  .meta({ id: 'TrainingSummary' })
export type TrainingSummary = z.infer<typeof TrainingSummary>

/** With its attempts, the first first. */
export const TrainingView = z
  .strictObject({
    ...TrainingSummary.shape,
    attempts: z.array(
      z.strictObject({
        attempt: count,
        /** Why the attempt before was not the last; null of the first. */
        because: z.string().nullable(),
        openedAt: z.iso.datetime(),
      }),
    ),
  })
  .meta({ id: 'Training' })
export type TrainingView = z.infer<typeof TrainingView>

/** One optimizer step as the trainer reported it. Null is what it did not report. */
export const TrainingStepView = z
  .strictObject({
    phase: TrainingPhaseName,
    step: count,
    attempt: count,
    at: z.iso.datetime(),
    loss: z.number().nullable(),
    learningRate: z.number().nullable(),
    gradNorm: z.number().nullable(),
    /** Tokens trained on in this phase so far. */
    tokens: count.nullable(),
    rewardsMargin: z.number().nullable(),
    rewardsAccuracy: z.number().nullable(),
  })
  .meta({ id: 'TrainingStep' })
export type TrainingStepView = z.infer<typeof TrainingStepView>

export const TrainingStepPage = z.strictObject({
  items: z.array(TrainingStepView),
  /** Give it as `after` to read on, now or when there are further steps; null before the first. */
  next: z.string().nullable(),
})
export type TrainingStepPage = z.infer<typeof TrainingStepPage>

/** A place in the series, as in `sft:120`. */
export const StepCursor = z.string().regex(/^(sft|dpo):\d{1,9}$/, 'is not a `next` of a page, such as sft:120')

export function trainingSummary({ cluster }: RoundRecipe, run: TrainingRun): TrainingSummary {
  const { backend, state, attempt, reason, queuePosition, progress, usage, cost } = run
  const { maxGpuHours, gpuHourCost } = cluster
  return {
    backend,
    state,
    attempt,
    reason,
    queuePosition,
    phase: progress?.phase ?? null,
    step: progress?.step ?? null,
    maxSteps: progress?.maxSteps ?? null,
    loss: progress?.loss ?? null,
    tokensPerSecond: progress?.tokensPerSecond ?? null,
    expectedEndAt: progress?.expectedEndAt?.toISOString() ?? null,
    heartbeatAt: run.heartbeatAt?.toISOString() ?? null,
    seconds: usage.seconds,
    gpuSeconds: usage.gpuSeconds,
    gpuSecondsBudget: maxGpuHours === undefined ? null : maxGpuHours * 3600,
    cost,
    costBudget: maxGpuHours === undefined || gpuHourCost === undefined ? null : maxGpuHours * gpuHourCost,
    updatedAt: run.updatedAt.toISOString(),
  }
}

export function trainingView(
  recipe: RoundRecipe,
  run: TrainingRun,
  attempts: readonly TrainingAttempt[],
): TrainingView {
  return {
    ...trainingSummary(recipe, run),
    attempts: attempts.map(({ attempt, because, openedAt }) => ({
      attempt,
      because,
      openedAt: openedAt.toISOString(),
    })),
  }
}

/** The phases of a round's job, in their order. */
export function phasesOf({ train }: RoundRecipe): readonly TrainingPhaseName[] {
  return train.method === 'sft+dpo' ? ['sft', 'dpo'] : [train.method]
}

export function stepView(
  phases: readonly TrainingPhaseName[],
  { phaseIndex, at, ...step }: TrainingStep,
): TrainingStepView {
  return { ...step, phase: phases[phaseIndex] ?? 'sft', at: at.toISOString() }
}

/** Null for a phase that the round does not have. */
export function positionOf(phases: readonly string[], cursor: string): StepPosition | null {
  const [phase, step] = cursor.split(':')
  const phaseIndex = phases.indexOf(phase ?? '')
  return phaseIndex < 0 ? null : { phaseIndex, step: Number(step) }
}
