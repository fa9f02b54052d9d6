import type { Checkpoint } from '@ratchet/domain/checkpoint.ts'
import type { RoundRecipe, ServedModel } from '@ratchet/domain/recipe/recipe.ts'
import type { Canary } from '@ratchet/ports/serving.ts'
import { z } from 'zod'
import { isForGood } from './is-for-good.ts'
import { plainReason } from './plain-reason.ts'
import { type StageContext, StageFailed, type Waiting } from './stage.ts'

/** What the train stage keeps of a checkpoint beside its path. */
export const CheckpointMetrics = z.looseObject({
  canary: z
    .object({ text: z.string(), tokenIds: z.array(z.number().int()), logprobs: z.array(z.number().nullable()) })
    .nullable()
    .default(null),
})

/** A policy that answers, or what the shard that needs it waits for. */
export type ServedPolicy = Waiting | { readonly kind: 'ready'; readonly served: ServedModel; readonly name: string }

/**
 * The versioned name under which a checkpoint is served and by which its trajectories are known. It holds the round and the hash
 * of the weights and nothing that differs between two runs with the same outcome.
 */
async function policyName(context: StageContext, checkpoint: Checkpoint): Promise<string> {
  const trainedBy = checkpoint.roundId === null ? null : await context.world.rounds.round(checkpoint.roundId)
  const round = trainedBy === null ? 'base' : `r${trainedBy.index}`
  return `${context.recipe.name}-${round}-${(checkpoint.manifestSha256 ?? 'unproven').slice(0, 12)}`
}

/** Serves a checkpoint, or finds that it is served already, and records the deployment. Throws StageFailed when it cannot be. */
export async function servePolicy(context: StageContext, checkpointId: string): Promise<ServedPolicy> {
  const { world, iteration, recipe } = context
  const checkpoint = await world.checkpoints.find(checkpointId)
  if (checkpoint === null) throw new StageFailed(`the record of checkpoint ${checkpointId} is gone`)
  const name = await policyName(context, checkpoint)
  const canary: Canary | null = CheckpointMetrics.parse(checkpoint.metrics).canary
  const serving = await world.serving(recipe.serving)
  const report = await serving.ensure({ name, path: checkpoint.path, canary })
  await world.deployments.record({
    iterationId: iteration.id,
    roundId: checkpoint.roundId ?? context.round.id,
    checkpointId,
    name,
    state: report.state,
    endpoints: report.state === 'ready' ? report.served.endpoints.map((endpoint) => endpoint.url) : [],
    reason: report.state === 'ready' ? null : report.reason,
  })
  if (report.state === 'failed')
    throw new StageFailed(`the checkpoint ${checkpointId} could not be served: ${report.reason}`)
  if (report.state === 'ready') return { kind: 'ready', served: report.served, name }
  return { kind: 'waiting', retryInSeconds: 2, reason: report.reason, limitSeconds: policyPatience(recipe) }
}

/**
 * How many seconds a shard may wait for a policy of ours. A server in a job waits in a queue before it starts, and again when the
 * cluster takes it away.
 */
export function policyPatience({ patience, serving }: RoundRecipe): number {
  return (patience.endpointMinutes + (serving.backend === 'job' ? patience.queueMinutes : 0)) * 60
}

/** Takes a checkpoint out of service. */
export async function releasePolicy(context: StageContext, checkpointId: string): Promise<void> {
  const { world, iteration, recipe } = context
  const checkpoint = await world.checkpoints.find(checkpointId)
  if (checkpoint === null) return
  const name = await policyName(context, checkpoint)
  await (await world.serving(recipe.serving)).release(name)
  await world.deployments.record({
    iterationId: iteration.id,
    roundId: checkpoint.roundId ?? context.round.id,
    checkpointId,
    name,
    state: 'released',
    endpoints: [],
    reason: null,
  })
}

/** A deployment that could not be taken out of service. */
export type Unreleased = {
  /** For people. */
  readonly told: string
  /** It holds machines of a cluster, and whoever asks again may end it. */
  readonly holds: boolean
}

/** Takes out of service whatever an iteration that ends without success still has there. Gives what could not be. */
export async function releaseAll(context: StageContext): Promise<Unreleased[]> {
  const { world, iteration } = context
  // A retry changes the serving of a round and of all behind it, so the last one has what is in use.
  const recipe = (await world.rounds.rounds(iteration.id)).at(-1)?.recipe ?? context.recipe
  const deployments = await world.deployments.list(iteration.id)
  const left: Unreleased[] = []
  // A process that died may have left a checkpoint in service without a record of it.
  for (const { id: checkpointId } of await world.checkpoints.list(iteration.id)) {
    const known = deployments.find((each) => each.checkpointId === checkpointId)
    if (known?.state === 'released') continue
    try {
      // One that has failed may have been begun anew by somebody who had not heard of it; why it failed stays on record.
      if (known?.state === 'failed') await (await world.serving(recipe.serving)).release(known.name)
      else await releasePolicy({ ...context, recipe }, checkpointId)
    } catch (error) {
      const reason = plainReason(error)
      world.logger.warn({ checkpointId, reason }, 'a deployment could not be released')
      const what = known?.name ?? `the policy of checkpoint ${checkpointId}`
      const isJob = recipe.serving.backend === 'job'
      const where = isJob ? ' and its job may still run on the cluster: end it there' : ''
      // Whoever asked for it sees why it is still there.
      if (known?.state === 'releasing') await world.deployments.record({ ...known, reason })
      left.push({
        told: `${what} could not be taken out of service (${reason})${where}`,
        holds: isJob && !isForGood(error),
      })
    }
  }
  return left
}
