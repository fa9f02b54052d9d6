import { describe, expect, test } from '@jest/globals'
import type { Cluster } from '@ratchet/ports/cluster.ts'
import { PortError } from '@ratchet/ports/port-error.ts'
import type { DeploymentReport, Serving } from '@ratchet/ports/serving.ts'
import { startIteration } from './start-iteration.ts'
import { steerIteration } from './steer-iteration.ts'
import { startWorker, until, untilEnded } from './testing/memory-worker.ts'
import { createMemoryWorld } from './testing/memory-world.ts'
import { serverInJob, sumsRecipe } from './testing/sums-recipe.ts'
import type { World } from './world.ts'

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

describe('a server in a job that cannot be taken out of service', () => {
  /** A loop whose candidate is served as `report` says, on a cluster that is away. */
  async function begin(report: DeploymentReport) {
    const memory = await createMemoryWorld()
    let away = true
    const serving: Serving = {
      ensure: async () => report,
      release: async () => {
        if (away) throw new PortError('Slurm does not answer', { retryable: true })
      },
      close: async () => {},
    }
    const world: World = { ...memory.world, serving: async () => serving }
    await startIteration(world, sumsRecipe({ serving: serverInJob }), { idempotencyKey: null })
    await startWorker(world)
    const comeBack = () => {
      away = false
    }
    return { memory, world, comeBack }
  }

  test('is named in the reason of an iteration that has failed', async () => {
    const { memory, world } = await begin({ state: 'failed', reason: 'it has no room' })
    await untilEnded(memory, 'it-1')
    expect(await world.rounds.iteration('it-1')).toMatchObject({
      state: 'failed',
      reason: expect.stringMatching(
        /it has no room; sums-r0-\w+ could not be taken out of service \(Slurm does not answer\) and its job may still run on the cluster: end it there$/,
      ),
    })
  })

  test('keeps a cancelled iteration from its end until it is gone', async () => {
    const { memory, world, comeBack } = await begin({ state: 'starting', reason: 'it waits' })
    const stateOf = async () => (await world.rounds.iteration('it-1'))?.state
    await until(memory, async () => (await world.deployments.list('it-1')).length > 0)
    await steerIteration(world, 'it-1', 'cancel')
    const since = memory.clock.now().getTime()
    await until(memory, () => memory.clock.now().getTime() - since > 60_000)
    expect(await stateOf()).toBe('cancelling')
    comeBack()
    await untilEnded(memory, 'it-1')
    expect(await stateOf()).toBe('cancelled')
  })
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
