/**
 * Train: fit the policy to the round's dataset versions on the cluster.
 *
 * Reads   the dataset versions that curate wrote
 * Writes  the round's candidate checkpoint, by the trainer itself, and its record; where the job is and the series of its steps
 * Again   the job is named after the round, so the cluster runs it once, and the series is stored from a cursor on
 */
import { checkpointPrefix } from '@ratchet/domain/checkpoint.ts'
import type { DatasetVersion } from '@ratchet/domain/dataset-version.ts'
import type { ClusterChoice } from '@ratchet/domain/recipe/cluster-choice.ts'
import { thoughtFormat } from '@ratchet/domain/thought-format/thought-format.ts'
import type { Cluster, JobReport, JobUsage, TrainingData, TrainingJob, TrainingPhase } from '@ratchet/ports/cluster.ts'
import { hasEnded, type TrainingRun } from '@ratchet/ports/training-store.ts'
import { waitingReason } from '@ratchet/ports/waiting-reason.ts'
import { z } from 'zod'
import { clusterOutage, telling } from './cluster-outage.ts'
import { curateStage } from './curate.ts'
import { budgetReason, followTraining, isOverBudget, markTraining, trainingNote } from './follow-training.ts'
import { defineStage, type ShardEnd, type ShardRun, type StageContext, StageFailed } from './stage.ts'
import { startPathOf } from './start-path.ts'

const Input = z.strictObject({ jobId: z.string() })
const Result = z.strictObject({
  checkpointId: z.string(),
  path: z.string(),
  metrics: z.record(z.string(), z.unknown()),
})

export const train = defineStage({
  name: 'train',
  input: Input,
  result: Result,
  output: Result,
  plan: async (context) => [{ jobId: context.round.id }],
  run: async (context, _input, shard) => {
    try {
      return await lookAt(context, shard)
    } catch (error) {
      return await clusterOutage(context, error)
    }
  },
  finish: async (_context, [trained]) => {
    if (trained === undefined) throw new StageFailed('no checkpoint was trained')
    return { output: trained, candidateCheckpointId: trained.checkpointId }
  },
  pause: async (context) => {
    const { world, recipe, round } = context
    const run = await world.training.find(round.id)
    if (run !== null && (run.state === 'paused' || hasEnded(run.state))) return
    const held = await isHeld(context)
    await (await world.cluster(recipe.cluster)).pause(round.id)
    // A worker that is at the shard may open a further attempt yet; the next look pauses that one.
    if (!held) await markTraining(context, run, 'paused', 'the iteration is paused')
  },
  cancel: async (context) => {
    const { world, recipe, round } = context
    // What comes while it is stopped, as a retry after somebody else has stopped it, is not to be marked.
    const run = await world.training.find(round.id)
    await (await world.cluster(recipe.cluster)).cancel(round.id)
    await markTraining(context, run, 'cancelled', null)
  },
})

async function lookAt(context: StageContext, shard: ShardRun): Promise<ShardEnd<z.infer<typeof Result>>> {
  const { world, round, iteration, recipe } = context
  const cluster = telling(await world.cluster(recipe.cluster))
  const run = await world.training.find(round.id)
  const report = await reportOf(context, cluster, run)
  await followTraining(context, cluster, report, shard.signal)
  const isOpen = report.state === 'pending' || report.state === 'running'
  if (isOpen && isOverBudget(recipe, report.usage)) throw await overBudget(context, cluster, report.usage)
  switch (report.state) {
    case 'pending':
      return {
        kind: 'waiting',
        retryInSeconds: lookAgainInSeconds(recipe.cluster.backend),
        reason: waitingReason(report),
        limitSeconds: recipe.patience.queueMinutes * 60,
      }
    case 'running': {
      const progress = report.progress
      if (progress !== null)
        shard.progress({
          done: progress.step,
          total: progress.maxSteps,
          unit: 'steps',
          note: trainingNote(progress, world.clock.now()),
        })
      return {
        kind: 'waiting',
        retryInSeconds: lookAgainInSeconds(recipe.cluster.backend),
        reason: 'the training job runs',
        progressed: true,
      }
    }
    case 'failed':
      throw new StageFailed(`training failed in attempt ${report.attempt}: ${report.reason}`)
    case 'succeeded': {
      const id = checkpointId(round.id)
      await world.checkpoints.record({
        id,
        iterationId: iteration.id,
        roundId: round.id,
        path: report.checkpointPath,
        manifestSha256: report.manifestSha256,
        uri: report.checkpointUri,
        metrics: report.metrics,
      })
      const { canary: _canary, ...metrics } = report.metrics
      return { kind: 'done', result: { checkpointId: id, path: report.checkpointPath, metrics } }
    }
  }
}

/** How often a job is looked at: a process of this machine costs nothing, a scheduler is asked by many. */
export function lookAgainInSeconds(backend: ClusterChoice['backend']): number {
  return backend === 'local' ? 1 : 3
}

/** Only looks at a job that is over its budget, lest a further attempt begin. */
async function reportOf(context: StageContext, cluster: Cluster, run: TrainingRun | null): Promise<JobReport> {
  const job = await trainingJob(context, run)
  if (run === null || !isOverBudget(context.recipe, run.usage)) return await cluster.ensure(job)
  const seen = await cluster.look(job)
  // After a retry in another place nothing is there.
  if (seen === null) throw await overBudget(context, cluster, run.usage)
  return seen
}

/** Ends a job that has used too much, so that what it saved stays. */
async function overBudget(context: StageContext, cluster: Cluster, usage: JobUsage): Promise<StageFailed> {
  const { world, recipe, round } = context
  const reason = budgetReason(recipe, usage, cluster.runDirectory(round.id))
  await cluster.pause(round.id)
  await markTraining(context, await world.training.find(round.id), 'failed', reason)
  return new StageFailed(reason)
}

async function isHeld({ world, round }: StageContext): Promise<boolean> {
  const shards = (await world.shards.shards(round.id, 'train')) ?? []
  const nowMs = world.clock.now().getTime()
  return shards.some(({ status, leaseUntil }) => status === 'claimed' && (leaseUntil?.getTime() ?? 0) > nowMs)
}

async function trainingJob(context: StageContext, run: TrainingRun | null): Promise<TrainingJob> {
  const { world, recipe, round } = context
  const { train } = recipe
  const curated = curateStage.outputOf(round)
  const phases: TrainingPhase[] = []
  if (train.method !== 'dpo') {
    if (train.sft === undefined) throw new StageFailed('the recipe asks for SFT and has no train.sft')
    phases.push({ method: 'sft', dataset: await dataOf(context, curated.sft), hyperparameters: train.sft })
  }
  if (train.method !== 'sft') {
    if (train.dpo === undefined) throw new StageFailed('the recipe asks for DPO and has no train.dpo')
    phases.push({
      method: 'dpo',
      dataset: await dataOf(context, curated.preference),
      hyperparameters: train.dpo,
      thoughtEnd: thoughtFormat(recipe.thoughtFormat).thoughtEnd,
    })
  }
  const incumbent =
    round.incumbentCheckpointId === null ? null : await world.checkpoints.find(round.incumbentCheckpointId)
  const { cluster } = recipe
  return {
    id: round.id,
    // Rounds and recipes have seeds of their own; libraries take no more than 32 bits.
    seed: (recipe.seed * 1000 + round.index) % 2 ** 31,
    startPath: await startPathOf(context),
    referencePath: train.reference === 'incumbent' && incumbent !== null ? incumbent.path : null,
    phases,
    publishPrefix: train.publishCheckpoints ? checkpointPrefix(checkpointId(round.id)) : null,
    checkpointEverySteps: train.checkpointEverySteps,
    canaryText: await canaryText(context),
    device: cluster.device,
    threads: cluster.threads,
    timeLimitMinutes: cluster.timeLimitMinutes,
    maxAttempts: cluster.maxAttempts,
    firstAttempt: run?.firstAttempt ?? 1,
    usageBefore: run?.usageBefore ?? { seconds: 0, gpuSeconds: 0 },
  }
}

function checkpointId(roundId: string): string {
  return `ck-${roundId}`
}

/** The trainer writes this text's logprobs under the new weights, and every server must reproduce them. */
async function canaryText({ world, iteration }: StageContext): Promise<string> {
  const [first] = await world.problems.problems(iteration.problemSetId, { offset: 0, limit: 1 })
  if (first === undefined) throw new StageFailed('the problem set is empty')
  return first.prompt
}

async function dataOf(context: StageContext, datasetId: string | null): Promise<TrainingData> {
  const version: DatasetVersion | null = datasetId === null ? null : await context.world.datasets.find(datasetId)
  if (version === null) throw new StageFailed('the dataset version to train on does not exist')
  if (version.manifest.rows === 0)
    throw new StageFailed(
      `the ${version.kind} dataset version ${version.id} is empty: nothing survived curation, see its funnel for the rule that dropped most`,
    )
  const files = version.manifest.files
    .filter((file) => file.format === 'jsonl.gz')
    .map(({ path, bytes, sha256, rows }) => ({ path, bytes, sha256, rows }))
  return { datasetId: version.id, prefix: version.prefix, files }
}
