import { describe, expect, test } from '@jest/globals'
import type { JobOutline } from '@ratchet/ports/cluster.ts'
import { PortError } from '@ratchet/ports/port-error.ts'
import type { ServerOutline } from '@ratchet/ports/serving.ts'
import { advanceRound } from './advance-round.ts'
import { startIteration } from './start-iteration.ts'
import { startWorker, until, untilEnded } from './testing/memory-worker.ts'
import { createMemoryWorld, type MemoryWorld } from './testing/memory-world.ts'
import { serverInJob, sumsRecipe } from './testing/sums-recipe.ts'

const r0 = 'it-1-r0'
const refusal = new PortError('Slurm refused sbatch: Invalid partition name specified', { retryable: false })
const outage = new PortError('Slurm does not answer: timed out', { retryable: true })

/** A loop that has not begun, whose cluster answers a check with `refuse`; `checked` are the jobs that it was asked about. */
async function begin(refuse: (job: JobOutline) => void | Promise<void>, difference: Record<string, unknown> = {}) {
  const checked: JobOutline[] = []
  const memory = await createMemoryWorld({
    refuse: async (job) => {
      checked.push(job)
      await refuse(job)
    },
  })
  await startIteration(memory.world, sumsRecipe(difference), { idempotencyKey: null })
  return { memory, checked }
}

async function eventsOf({ world }: MemoryWorld) {
  return (await world.events.read('it-1', 0, 100)).map(({ kind, body }) => ({ kind, ...body }))
}

const demonstrations = { from: 'demonstrations', demonstrationSet: 'solutions' }

describe('before a round samples anything', () => {
  test.each([
    ['explores', {}],
    ['imitates demonstrations', { imitate: demonstrations }],
  ])('a cluster that would refuse its training fails a round that %s, with the reason', async (_what, difference) => {
    const { memory } = await begin(() => {
      throw refusal
    }, difference)
    await startWorker(memory.world)
    await untilEnded(memory, 'it-1')
    expect(await memory.world.rounds.round(r0)).toMatchObject({
      state: 'failed',
      reason: 'the training would fail, so nothing was sampled: Slurm refused sbatch: Invalid partition name specified',
    })
    expect(await memory.world.shards.shards(r0, 'explore')).toBeNull()
    expect(memory.inference.calls).toEqual([])
    expect(memory.jobs).toEqual([])
    expect(await eventsOf(memory)).toContainEqual(expect.objectContaining({ kind: 'round.failed', stage: 'explore' }))
  })

  test('so does one that would refuse the job of its server, and one that has nothing against it is used', async () => {
    for (const error of [refusal, null]) {
      const { memory } = await begin(() => {}, { serving: serverInJob })
      const asked: ServerOutline[] = []
      const jobs = {
        check: async (server: ServerOutline) => {
          asked.push(server)
          if (error !== null) throw error
        },
        preview: () => '',
      }
      const real = await memory.world.serving(serverInJob)
      await advanceRound({ ...memory.world, serving: async () => ({ ...real, jobs }) }, r0)
      expect(asked).toEqual([{ name: 'sums-r0', path: '/models/base' }])
      expect((await memory.world.rounds.round(r0))?.reason ?? null).toBe(
        error && `the policy could not be served, so nothing was sampled: ${error.message}`,
      )
    }
  })

  test('so does one that cannot be opened for want of something that only a person can mend', async () => {
    const { memory } = await begin(() => {})
    const cluster = async () => {
      throw new PortError('cluster.tokenEnv names NONE, which this process does not have', { retryable: false })
    }
    await advanceRound({ ...memory.world, cluster }, r0)
    expect((await memory.world.rounds.round(r0))?.reason).toMatch(/nothing was sampled: cluster\.tokenEnv names NONE/)
  })

  test('every round asks, for what its training is going to start from', async () => {
    const { memory, checked } = await begin(() => {}, {
      train: { sft: { maxSteps: 2, learningRate: 0.001 }, start: 'incumbent' },
    })
    await startWorker(memory.world)
    await untilEnded(memory, 'it-1')
    const timeLimitMinutes = 24 * 60
    // A reconcile may have asked besides.
    const distinct = [...new Map(checked.map((job) => [job.id, job])).values()]
    expect(distinct).toEqual([
      { id: r0, timeLimitMinutes, startPath: '/models/base' },
      { id: 'it-1-r1', timeLimitMinutes, startPath: `/checkpoints/${r0}` },
    ])
    expect(memory.jobs.map(({ id, startPath }) => ({ id, timeLimitMinutes, startPath }))).toEqual(distinct)
  })

  test('a cluster that cannot be asked stops nothing, and an event says so', async () => {
    const { memory } = await begin(() => {
      throw outage
    })
    await startWorker(memory.world)
    await untilEnded(memory, 'it-1')
    expect(await memory.world.rounds.round(r0)).toMatchObject({ state: 'accepted' })
    const notes = (await eventsOf(memory)).filter(({ kind }) => kind === 'cluster.unchecked')
    expect(notes).toEqual([
      { kind: 'cluster.unchecked', round: 0, reason: 'Slurm does not answer: timed out' },
      { kind: 'cluster.unchecked', round: 1, reason: 'Slurm does not answer: timed out' },
    ])
  })

  test('a fault of the check stops nothing either', async () => {
    const { memory } = await begin(() => {
      throw new TypeError('no such property')
    })
    await advanceRound(memory.world, r0)
    expect(await memory.world.shards.shards(r0, 'explore')).toHaveLength(2)
  })

  test('a cluster that gives no answer holds a round up for half a minute', async () => {
    const { memory } = await begin(() => new Promise(() => {}))
    const begunAt = memory.clock.now().getTime()
    const advancing = advanceRound(memory.world, r0)
    await until(memory, async () => (await memory.world.shards.shards(r0, 'explore')) !== null)
    await advancing
    expect(memory.clock.now().getTime() - begunAt).toBe(30_000)
    expect(await eventsOf(memory)).toContainEqual({
      kind: 'cluster.unchecked',
      round: 0,
      reason: 'it has not answered within 30 s',
    })
  })

  test('workers that ask at the same time plan once and note once, or fail the round once', async () => {
    for (const error of [outage, refusal]) {
      const { memory, checked } = await begin(() => {
        throw error
      })
      await Promise.all([0, 1].map(() => advanceRound(memory.another(), r0)))
      await advanceRound(memory.another(), r0)
      expect(checked.length).toBeLessThanOrEqual(2)
      const kinds = (await eventsOf(memory)).map(({ kind }) => kind)
      const told = error.retryable ? 'cluster.unchecked' : 'round.failed'
      expect(kinds.filter((kind) => kind === told)).toHaveLength(1)
      expect(kinds.filter((kind) => kind === 'stage.planned')).toHaveLength(error.retryable ? 1 : 0)
    }
  })
})
