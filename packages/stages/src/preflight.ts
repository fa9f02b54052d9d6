import { askCluster } from './ask-cluster.ts'
import { type StageContext, StageFailed } from './stage.ts'
import { startPathOf } from './start-path.ts'

/**
 * Asks the round's cluster whether it would take the training, so that a recipe with which no training begins costs no sampling. Throws
 * StageFailed when it would refuse it for good. Why that cannot be told now; null when nothing speaks against the training.
 */
export async function preflight(context: StageContext): Promise<string | null> {
  const { world, round, recipe } = context
  const { timeLimitMinutes } = recipe.cluster
  const job = { id: round.id, timeLimitMinutes, startPath: await startPathOf(context) }
  const answer = await askCluster(() => world.cluster(recipe.cluster), job, world.clock)
  if (answer.kind === 'takes') return null
  const { kind, reason } = answer
  if (kind === 'refuses') throw new StageFailed(`the training would fail, so nothing was sampled: ${reason}`)
  world.logger.warn({ roundId: round.id, reason }, 'it is not known whether the cluster would take the training')
  return reason
}
