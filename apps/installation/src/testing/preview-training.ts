import { ClusterChoice } from '@ratchet/domain/recipe/cluster-choice.ts'
import { createManualClock } from '@ratchet/ports/testing/manual-clock.ts'
import { createMemoryObjectStore } from '@ratchet/ports/testing/memory-object-store.ts'
import { createTraining } from '../training.ts'

/** What the first attempt at a job would submit to a recipe's cluster, of a worker without a Python environment of its own. */
export async function previewTraining(cluster: unknown, jobId: string, timeLimitMinutes: number): Promise<string> {
  const training = createTraining({
    dataDirectory: '/data',
    env: {},
    objects: createMemoryObjectStore(),
    clock: createManualClock(),
    pythonEnvironment: null,
    python: async () => '/python',
  })
  try {
    return (await training.cluster(ClusterChoice.parse(cluster))).preview(jobId, timeLimitMinutes)
  } finally {
    await training.close()
  }
}
