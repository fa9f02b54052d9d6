import { askCluster, type ClusterAnswer } from './ask-cluster.ts'
import { type StageContext, StageFailed } from './stage.ts'
import { startPathOf } from './start-path.ts'

/**
 * Asks the round's clusters whether they would take its training, and the job of its policy's server, so that a recipe with which
 * neither begins costs no sampling. Throws StageFailed when one would be refused for good. Why that cannot be told now; null when
 * nothing speaks against them.
 */
export async function preflight(context: StageContext): Promise<string | null> {
  const [training, server] = await Promise.all([askForTraining(context), askForServer(context)])
  if (training.kind === 'refuses')
    throw new StageFailed(`the training would fail, so nothing was sampled: ${training.reason}`)
  if (server.kind === 'refuses')
    throw new StageFailed(`the policy could not be served, so nothing was sampled: ${server.reason}`)
  const unknown = [training, server].flatMap((answer) => (answer.kind === 'unknown' ? [answer.reason] : []))
  if (unknown.length === 0) return null
  const reason = [...new Set(unknown)].join('; ')
  context.world.logger.warn({ roundId: context.round.id, reason }, 'it is not known whether the clusters would take it')
  return reason
}

async function askForTraining(context: StageContext): Promise<ClusterAnswer> {
  const { world, round, recipe } = context
  const { timeLimitMinutes } = recipe.cluster
  const job = { id: round.id, timeLimitMinutes, startPath: await startPathOf(context) }
  return await askCluster(async () => (await world.cluster(recipe.cluster)).check(job), world.clock)
}

async function askForServer(context: StageContext): Promise<ClusterAnswer> {
  const { world, round, recipe } = context
  if (recipe.serving.backend !== 'job') return { kind: 'takes' }
  const server = { name: `${recipe.name}-r${round.index}`, path: await startPathOf(context) }
  return await askCluster(async () => (await world.serving(recipe.serving)).jobs?.check(server), world.clock)
}
