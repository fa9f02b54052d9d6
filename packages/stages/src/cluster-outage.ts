import type { Cluster } from '@ratchet/ports/cluster.ts'
import { PortError } from '@ratchet/ports/port-error.ts'
import { plainReason } from './plain-reason.ts'
import type { StageContext, Waiting } from './stage.ts'

const beginning = 'the cluster cannot be asked: '

/** The cluster cannot be asked now; a job that it has may go on there. */
export class ClusterAway extends Error {
  override readonly name = 'ClusterAway'
}

/** The same cluster, whose failures that may pass are `ClusterAway`, so that they differ from those of our stores. */
export function telling(cluster: Cluster): Cluster {
  const ask = async <Answer>(question: () => Promise<Answer>): Promise<Answer> => {
    try {
      return await question()
    } catch (error) {
      if (!(error instanceof PortError) || !error.retryable) throw error
      throw new ClusterAway(`${beginning}${plainReason(error)}`, { cause: error })
    }
  }
  return {
    ...cluster,
    ensure: (job) => ask(() => cluster.ensure(job)),
    look: (job) => ask(() => cluster.look(job)),
    pause: (jobId) => ask(() => cluster.pause(jobId)),
    cancel: (jobId) => ask(() => cluster.cancel(jobId)),
    series: (jobId, cursor) => ask(() => cluster.series(jobId, cursor)),
  }
}

/** Waits for a cluster that may come back, for as long as the recipe has patience since it went away; throws everything else. */
export async function clusterOutage({ world, round, recipe }: StageContext, error: unknown): Promise<Waiting> {
  if (!(error instanceof ClusterAway)) throw error
  const [shard] = (await world.shards.shards(round.id, 'train')) ?? []
  return {
    kind: 'waiting',
    retryInSeconds: 15,
    reason: error.message,
    limitSeconds: recipe.patience.clusterMinutes * 60,
    // The time before it went away is not part of this wait.
    progressed: shard?.reason?.startsWith(beginning) !== true,
  }
}
