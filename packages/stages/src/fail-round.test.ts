import { expect, test } from '@jest/globals'
import type { Cluster } from '@ratchet/ports/cluster.ts'
import { PortError } from '@ratchet/ports/port-error.ts'
import { startIteration } from './start-iteration.ts'
import { startWorker, untilEnded } from './testing/memory-worker.ts'
import { createMemoryWorld } from './testing/memory-world.ts'
import { sumsRecipe } from './testing/sums-recipe.ts'

test('a training job that has waited for too long fails its round and is taken out of the queue', async () => {
  const memory = await createMemoryWorld()
  const cancelled: string[] = []
  const full = async (choice: Parameters<typeof memory.world.cluster>[0]): Promise<Cluster> => ({
    ...(await memory.world.cluster(choice)),
    ensure: async () => ({
      state: 'pending',
      attempt: 1,
      reason: 'waits for a node',
      queuePosition: 7,
      because: null,
      progress: null,
      heartbeatAt: null,
      usage: { gpuSeconds: 0, seconds: 0 },
    }),
    cancel: async (jobId) => void cancelled.push(jobId),
  })
  const world = { ...memory.world, cluster: full }
  await startIteration(world, sumsRecipe({ patience: { queueMinutes: 1 } }), { idempotencyKey: null })
  await startWorker(world)
  await untilEnded(memory, 'it-1')
  const [round] = await world.rounds.rounds('it-1')
  expect(round).toMatchObject({ state: 'failed', reason: expect.stringContaining('waits for a node') })
  expect(new Set(cancelled)).toEqual(new Set([round?.id]))
})

test('a cluster that cannot be opened fails the round with that alone, since no job can be there', async () => {
  const memory = await createMemoryWorld()
  const closed = async (): Promise<Cluster> => {
    throw new PortError('the token is missing: set it', { retryable: false })
  }
  const world = { ...memory.world, cluster: closed }
  await startIteration(world, sumsRecipe({}), { idempotencyKey: null })
  await startWorker(world)
  await untilEnded(memory, 'it-1')
  const [round] = await world.rounds.rounds('it-1')
  expect(round).toMatchObject({
    state: 'failed',
    reason: 'the training would fail, so nothing was sampled: the token is missing: set it',
  })
})
