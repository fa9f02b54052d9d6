import { describe, expect, test } from '@jest/globals'
import type { Cluster, JobReport } from '@ratchet/ports/cluster.ts'
import { PortError } from '@ratchet/ports/port-error.ts'
import { startIteration } from './start-iteration.ts'
import { steerIteration } from './steer-iteration.ts'
import { startWorker, until, untilEnded } from './testing/memory-worker.ts'
import { createMemoryWorld } from './testing/memory-world.ts'
import { sumsRecipe } from './testing/sums-recipe.ts'

type Question = 'ensure' | 'pause' | 'cancel'

const waitsForNode: JobReport = {
  state: 'pending',
  attempt: 1,
  reason: 'waits for a node',
  queuePosition: null,
  because: null,
  progress: null,
  heartbeatAt: null,
  usage: { gpuSeconds: 0, seconds: 0 },
}

/** A loop whose cluster refuses the questions in `away`, and has no room while anything is in `crowded`. */
async function begin(difference: Record<string, unknown> = {}) {
  const memory = await createMemoryWorld()
  const away = new Set<Question>()
  const crowded = new Set<'now'>()
  const asked: Record<Question, number> = { ensure: 0, pause: 0, cancel: 0 }
  const refuse = (question: Question): void => {
    asked[question] += 1
    if (away.has(question)) throw new PortError('Slurm does not answer: timed out', { retryable: true })
  }
  const cluster = async (choice: Parameters<typeof memory.world.cluster>[0]): Promise<Cluster> => {
    const real = await memory.world.cluster(choice)
    return {
      ...real,
      async ensure(job) {
        refuse('ensure')
        return crowded.size === 0 ? await real.ensure(job) : waitsForNode
      },
      async pause(jobId) {
        refuse('pause')
        await real.pause(jobId)
      },
      async cancel(jobId) {
        refuse('cancel')
        await real.cancel(jobId)
      },
    }
  }
  const world = { ...memory.world, cluster }
  await startIteration(world, sumsRecipe(difference), { idempotencyKey: null })
  const shard = async () => (await world.shards.shards('it-1-r0', 'train'))?.[0]
  const minutes = (count: number) => {
    const end = memory.clock.now().getTime() + count * 60_000
    return until(memory, () => memory.clock.now().getTime() >= end)
  }
  return { memory, world, away, crowded, asked, shard, minutes }
}

describe('a cluster that cannot be asked', () => {
  test('is waited for, counting no failure, and the round goes on once it answers', async () => {
    const { memory, world, away, shard, minutes } = await begin()
    away.add('ensure')
    await startWorker(world)
    await until(memory, async () => (await shard())?.status === 'waiting')
    await minutes(30)
    expect(await shard()).toMatchObject({
      status: 'waiting',
      failures: 0,
      reason: 'the cluster cannot be asked: Slurm does not answer: timed out',
    })
    away.delete('ensure')
    await untilEnded(memory, 'it-1')
    expect(await world.rounds.round('it-1-r0')).toMatchObject({ state: 'accepted' })
    expect(memory.jobs.filter(({ id }) => id === 'it-1-r0')).toHaveLength(1)
  })

  test('fails the round after patience.clusterMinutes, which names the run that may still be there', async () => {
    const { memory, world, away } = await begin({ patience: { clusterMinutes: 10 } })
    away.add('ensure').add('cancel')
    await startWorker(world)
    await untilEnded(memory, 'it-1')
    const reason = (await world.rounds.round('it-1-r0'))?.reason
    expect(reason).toMatch(/^the cluster cannot be asked: Slurm does not answer: timed out; waited 6\d\d s in vain; /)
    expect(reason).toMatch(/may still run on the cluster \(local\) under the name ratchet-it-1-r0-1: stop it there$/)
  })

  test('has a limit apart from the time that the job waited before', async () => {
    const { memory, world, away, crowded, shard, minutes } = await begin({ patience: { clusterMinutes: 10 } })
    crowded.add('now')
    await startWorker(world)
    await until(memory, async () => (await shard())?.reason === 'waits for a node')
    await minutes(20)
    away.add('ensure')
    await minutes(9)
    expect((await shard())?.reason).toMatch(/^the cluster cannot be asked/)
    crowded.clear()
    away.clear()
    await untilEnded(memory, 'it-1')
    expect(await world.rounds.round('it-1-r0')).toMatchObject({ state: 'accepted' })
  })

  test.each(['pause', 'cancel'] as const)('takes a %s at a later look', async (steering) => {
    const { memory, world, away, asked, shard, minutes } = await begin()
    await startWorker(world)
    await until(memory, async () => (await shard())?.status === 'waiting')
    away.add(steering)
    await steerIteration(world, 'it-1', steering)
    await minutes(1)
    expect(asked[steering]).toBeGreaterThan(5)
    expect((await world.training.find('it-1-r0'))?.state).toMatch(/pending|running/)
    away.delete(steering)
    const wanted = steering === 'pause' ? 'paused' : 'cancelled'
    await until(memory, async () => (await world.training.find('it-1-r0'))?.state === wanted)
  })
})
