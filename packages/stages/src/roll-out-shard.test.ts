import { describe, expect, test } from '@jest/globals'
import { settleProblem } from '@ratchet/domain/exploration/acceptance.ts'
import { murmur3 } from '@ratchet/domain/exploration/rollout-seed.ts'
import type { StoredTrajectory } from '@ratchet/ports/trajectory-store.ts'
import { advanceRound } from './advance-round.ts'
import { runShard } from './run-shard.ts'
import { startIteration } from './start-iteration.ts'
import { startWorker, stillness, until, workerNamed } from './testing/memory-worker.ts'
import { createMemoryWorld, type MemoryWorld, type MemoryWorldSettings } from './testing/memory-world.ts'
import { sumsRecipe } from './testing/sums-recipe.ts'

const roundId = 'it-1-r0'
const goal = { accept: 2, cap: 6 }
const explore = { ...goal, shardSize: 5, sampling: { maxTokens: 128 } }

/** A world with an iteration whose round 0 has planned to explore. */
async function prepare(
  settings: MemoryWorldSettings = {},
  difference: Record<string, unknown> = {},
): Promise<MemoryWorld> {
  const memory = await createMemoryWorld(settings)
  await startIteration(memory.world, sumsRecipe({ explore: { ...explore, ...difference } }), { idempotencyKey: null })
  await advanceRound(memory.world, roundId)
  memory.backlog.waiting.clear()
  return memory
}

const message = { kind: 'run-shard', roundId, stage: 'explore', index: 0 } as const

/** Runs the shard to the end of this run, letting time pass. */
async function run(memory: MemoryWorld, shutdown = new AbortController().signal): Promise<void> {
  let ended = false
  const running = runShard(memory.world, message, workerNamed('one', { shutdown })).finally(() => {
    ended = true
  })
  await until(memory, () => ended)
  await running
}

const shard = async ({ world }: MemoryWorld) => (await world.shards.shards(roundId, 'explore'))?.[0]
const stored = ({ world }: MemoryWorld) => world.trajectories.list({ roundIds: [roundId] })

/** What is accepted, by problem: index and text. */
function accepted(trajectories: readonly StoredTrajectory[]): Record<string, readonly (readonly [number, string])[]> {
  const outcome: Record<string, readonly (readonly [number, string])[]> = {}
  for (const problemId of new Set(trajectories.map((each) => each.problemId))) {
    const own = trajectories.filter((each) => each.problemId === problemId)
    const settled = settleProblem(
      own.map(({ index, verdict }) => ({ index, decision: verdict.decision })),
      goal,
    )
    if (settled.state === 'open') throw new Error(`${problemId} is open`)
    outcome[problemId] = own
      .filter(({ index }) => index < settled.prefixLength)
      .map(({ index, textSha256 }) => [index, textSha256] as const)
  }
  return outcome
}

describe('rolling out a shard', () => {
  test('accepts the same attempts in whatever order completions come back, over fifty orders', async () => {
    const alone = await prepare({ slots: 1 })
    await run(alone)
    const expected = accepted(await stored(alone))
    expect(Object.keys(expected)).toHaveLength(5)
    const result = (await shard(alone))?.result
    for (let seed = 0; seed < 50; seed++) {
      const latencyMs = ({ requestId }: { requestId: string }) => 1 + (murmur3(requestId, seed) % 2000)
      const memory = await prepare({ slots: 1 + (seed % 16), latencyMs })
      await run(memory)
      expect({ seed, accepted: accepted(await stored(memory)) }).toEqual({ seed, accepted: expected })
      const { problems, accepted: count, satisfied, solved } = Object(result)
      expect((await shard(memory))?.result).toMatchObject({ problems, accepted: count, satisfied, solved })
    }
  })

  test('never has more in flight than there are slots', async () => {
    const memory = await prepare({ slots: 3, latencyMs: () => 50 })
    let most = 0
    const running = run(memory)
    await until(memory, async () => {
      most = Math.max(most, memory.inference.running())
      return (await shard(memory))?.status === 'done'
    })
    await running
    expect(most).toBe(3)
  })

  test('samples nothing twice when its worker goes and another takes over, time and again', async () => {
    const alone = await prepare({ slots: 1 })
    await run(alone)
    const memory = await prepare({ slots: 2, latencyMs: ({ requestId }) => 100 + (murmur3(requestId, 1) % 400) })
    const finished = new Set<string>()
    for (let restart = 0; (await shard(memory))?.status !== 'done'; restart++) {
      const shutdown = new AbortController()
      const before = memory.inference.calls.length
      const running = runShard(memory.world, message, workerNamed(`worker ${restart}`, { shutdown: shutdown.signal }))
      for (let moves = 0; moves < 4; moves++) {
        await stillness()
        memory.clock.pass(150)
      }
      await stillness()
      shutdown.abort(new Error('the worker shuts down'))
      await running
      for (const { requestId } of memory.inference.calls.slice(before)) expect(finished).not.toContain(requestId)
      for (const { id } of await stored(memory)) finished.add(id)
      expect(restart).toBeLessThan(50)
    }
    expect(accepted(await stored(memory))).toEqual(accepted(await stored(alone)))
  })

  test('cancels what is in flight for a problem as soon as it is settled', async () => {
    // The first attempt at each problem answers soon and is right; all others take an hour.
    const first = new Set<string>()
    const memory = await prepare(
      {
        teacherSkill: 1,
        slots: 20,
        latencyMs: ({ prompt }) => {
          if (first.has(prompt)) return 3_600_000
          first.add(prompt)
          return 100
        },
      },
      { accept: 1 },
    )
    const startedAt = memory.clock.now().getTime()
    const running = runShard(memory.world, message, workerNamed('one'))
    await stillness()
    expect(memory.inference.running()).toBeGreaterThan(5)
    memory.clock.pass(100)
    await running
    expect(memory.clock.now().getTime() - startedAt).toBe(100)
    expect(memory.inference.running()).toBe(0)
    expect(await stored(memory)).toHaveLength(5)
  })

  test('stops what is in flight when trajectories can no longer be stored', async () => {
    const memory = await prepare({ slots: 20, latencyMs: ({ prompt }) => (prompt.startsWith('2') ? 100 : 3_600_000) })
    const { trajectories } = memory.world
    const append = async () => {
      throw new Error('the disk is full')
    }
    const running = runShard(
      { ...memory.world, trajectories: { ...trajectories, append } },
      message,
      workerNamed('one'),
    )
    for (const ms of [100, 1500, 1500]) {
      await stillness()
      memory.clock.pass(ms)
    }
    await running
    expect(memory.inference.running()).toBe(0)
    expect(await shard(memory)).toMatchObject({ status: 'pending', failures: 1, reason: 'the disk is full' })
  })
})

describe('an endpoint that is away', () => {
  test.each(['unreachable', 'overloaded'] as const)(
    'is waited for when %s, with what was found stored',
    async (failure) => {
      let calls = 0
      const away = () => calls > 4 && calls < 8
      const memory = await prepare({
        slots: 1,
        failure: () => {
          calls++
          return away() ? failure : null
        },
      })
      await run(memory)
      expect(await shard(memory)).toMatchObject({ status: 'waiting', failures: 0 })
      expect(await stored(memory)).toHaveLength(4)
      const worker = await startWorker(memory.world)
      await until(memory, async () => (await shard(memory))?.status === 'done')
      worker.stop()
      const alone = await prepare({ slots: 1 })
      await run(alone)
      expect(accepted(await stored(memory))).toEqual(accepted(await stored(alone)))
    },
  )

  test('ends the round when it does not know the teacher or us, and the reason says why', async () => {
    for (const failure of ['unknown-model', 'unauthorized'] as const) {
      const memory = await prepare({ failure: () => failure })
      await run(memory)
      await advanceRound(memory.world, roundId)
      expect(await memory.world.rounds.round(roundId)).toMatchObject({
        state: 'failed',
        reason: `http://memory.test/v1 is ${failure}`,
      })
    }
  })
})

describe('a rollout that fails', () => {
  const everyFifth = {
    slots: 1,
    failure: ({ requestId }: { requestId: string }) => (murmur3(requestId, 0) % 5 === 0 ? 'broken' : null),
  } as const

  test('is data: it counts as an attempt, is undecided and tells why', async () => {
    const memory = await prepare(everyFifth)
    await run(memory)
    const failed = (await stored(memory)).filter(({ finish }) => finish === 'error')
    expect(failed.length).toBeGreaterThan(0)
    for (const each of failed)
      expect(each).toMatchObject({ failure: 'http://memory.test/v1 is broken', verdict: { decision: 'undecided' } })
    expect((await shard(memory))?.result).toMatchObject({ failed: failed.length })
    const calls = memory.inference.calls.length
    expect(calls).toBe((await stored(memory)).length)
  })

  test.each([
    ['ends the round when more than the allowed share fail', 0, 'failed'],
    ['does not end the round while no more than the allowed share fail', 1, 'curate'],
  ])('%s', async (_title, maxFailedShare, state) => {
    const memory = await prepare(everyFifth, { maxFailedShare })
    await run(memory)
    await advanceRound(memory.world, roundId)
    expect((await memory.world.rounds.round(roundId))?.state).toBe(state)
    if (state !== 'failed') return
    expect((await memory.world.rounds.round(roundId))?.reason).toMatch(
      /^\d+ of \d+ rollouts failed, over explore.maxFailedShare 0:/,
    )
  })
})
