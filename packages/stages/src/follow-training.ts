import type { RoundRecipe } from '@ratchet/domain/recipe/recipe.ts'
import type { Cluster, JobProgress, JobReport, JobUsage } from '@ratchet/ports/cluster.ts'
import { hasEnded, type TrainingRun, type TrainingState } from '@ratchet/ports/training-store.ts'
import type { StageContext } from './stage.ts'

/** Puts what the cluster reports on record, and the series of steps as far as the trainer has come. */
export async function followTraining(
  context: StageContext,
  cluster: Cluster,
  report: JobReport,
  signal?: AbortSignal,
): Promise<void> {
  const { world, round, recipe } = context
  const { state, attempt, usage, because } = report
  let cursor = await world.training.record({
    roundId: round.id,
    backend: recipe.cluster.backend,
    state,
    attempt,
    because,
    reason: state === 'pending' || state === 'failed' ? report.reason : null,
    queuePosition: state === 'pending' ? report.queuePosition : null,
    progress: report.progress,
    heartbeatAt: report.heartbeatAt,
    usage,
    cost: costOf(recipe, usage.gpuSeconds),
  })
  for (;;) {
    signal?.throwIfAborted()
    const series = await cluster.series(round.id, cursor)
    const { next } = series
    if (next.attempt === cursor.attempt && next.offset === cursor.offset) return
    cursor = await world.training.append(round.id, cursor, series)
  }
}

/** Puts on record what we did with the job that was seen: let it rest, ended it. Nothing where there was no record of it, or it has ended. */
export async function markTraining(
  { world }: StageContext,
  run: TrainingRun | null,
  state: TrainingState,
  reason: string | null,
): Promise<void> {
  if (run === null || hasEnded(run.state)) return
  const progress = run.progress === null ? null : { ...run.progress, tokensPerSecond: null, expectedEndAt: null }
  await world.training.record({ ...run, progress, state, reason, queuePosition: null, because: null })
}

/** Whether the job has used more than the recipe allows, so that it must not go on. */
export function isOverBudget({ cluster }: RoundRecipe, { gpuSeconds }: JobUsage): boolean {
  return gpuSeconds / 3600 > (cluster.maxGpuHours ?? Number.POSITIVE_INFINITY)
}

/** What people are told of a job that is over its budget; `directory` is that of its runs. */
export function budgetReason(recipe: RoundRecipe, { gpuSeconds }: JobUsage, directory: string): string {
  const cost = costOf(recipe, gpuSeconds)
  const price = cost === null ? '' : ` at a cost of ${short(cost)}`
  return `the training has used ${short(gpuSeconds / 3600)} GPU hours${price}, more than cluster.maxGpuHours (${recipe.cluster.maxGpuHours}) allows, and was asked to save and stopped: what it saved is in ${directory}/work, and a retry of the iteration with a higher maxGpuHours goes on from there`
}

/** In the recipe's own currency; null where it names no price. */
export function costOf({ cluster }: RoundRecipe, gpuSeconds: number): number | null {
  return cluster.gpuHourCost === undefined ? null : (gpuSeconds / 3600) * cluster.gpuHourCost
}

/** What a person wants to see at a glance, as in `sft, loss 0.412, 5120 tokens/s, ends about 14:05 UTC`. */
export function trainingNote({ phase, loss, tokensPerSecond, expectedEndAt }: JobProgress, now: Date): string {
  const parts = [phase]
  if (loss !== null) parts.push(`loss ${loss.toFixed(3)}`)
  if (tokensPerSecond !== null) parts.push(`${Math.round(tokensPerSecond)} tokens/s`)
  if (expectedEndAt !== null) parts.push(`ends about ${moment(expectedEndAt, now)}`)
  return parts.join(', ')
}

/** With the day when it is not today. */
function moment(at: Date, now: Date): string {
  const [day = '', time = ''] = at.toISOString().split('T')
  const minute = `${time.slice(0, 5)} UTC`
  return now.toISOString().startsWith(day) ? minute : `${day} ${minute}`
}

function short(value: number): string {
  return String(Number(value.toPrecision(3)))
}
