import { beforeEach, describe, expect, test } from '@jest/globals'
import type { Shard } from '@ratchet/ports/round-store.ts'
import type { StageMessage } from '@ratchet/ports/stage-queue.ts'
import type { Verifier } from '@ratchet/ports/verifier.ts'
import { advanceRound } from './advance-round.ts'
import { runShard } from './run-shard.ts'
import { startIteration } from './start-iteration.ts'
import { stillness, workerNamed } from './testing/memory-worker.ts'
import { createMemoryWorld, type MemoryWorld, type MemoryWorldSettings } from './testing/memory-world.ts'
import { sumsRecipe } from './testing/sums-recipe.ts'
import type { World } from './world.ts'

const message: Extract<StageMessage, { kind: 'run-shard' }> = {
  kind: 'run-shard',
  roundId: 'it-1-r0',
  stage: 'explore',
  index: 0,
}

let memory: MemoryWorld

/** A world with an iteration whose round 0 has planned to explore. */
async function prepare(settings: MemoryWorldSettings = {}, recipe: Record<string, unknown> = {}): Promise<void> {
  memory = await createMemoryWorld(settings)
  await startIteration(memory.world, sumsRecipe(recipe), { idempotencyKey: null })
  await advanceRound(memory.world, message.roundId)
  memory.backlog.waiting.clear()
}
beforeEach(() => prepare())

const run = (world: World = memory.world, worker = workerNamed('one')) => runShard(world, message, worker)
const shard = async (): Promise<Shard> => {
  const found = (await memory.world.shards.shards(message.roundId, 'explore'))?.[0]
  if (found === undefined) throw new Error('it was planned')
  return found
}
const queued = () => [...memory.backlog.waiting.values()]
const stored = () => memory.world.trajectories.list({ roundIds: [message.roundId] })
/** A verifier in the place of the world's. */
const verifying = (verify: Verifier['verify']): World => ({ ...memory.world, verifierFor: () => ({ verify }) })
const failing = () =>
  verifying(async () => {
    throw new Error('the verifier broke')
  })

describe('a shard that ends', () => {
  test('is done, and the round is told to advance', async () => {
    await run()
    expect(await shard()).toMatchObject({ status: 'done', failures: 0, result: { problems: 3 }, reason: null })
    expect((await shard()).progress).toMatchObject({ unit: 'problems', total: 3 })
    expect(queued().map((each) => each.message)).toEqual([{ kind: 'advance-round', roundId: message.roundId }])
  })

  test('is not run again, nor is one of another stage or of an iteration that does not run', async () => {
    await run()
    const calls = memory.inference.calls.length
    await run()
    await runShard(memory.world, { ...message, stage: 'train' }, workerNamed('one'))
    await runShard(memory.world, { ...message, roundId: 'none' }, workerNamed('one'))
    const iteration = await memory.world.rounds.iteration('it-1')
    if (iteration !== null) await memory.world.rounds.updateIteration(iteration, { state: 'paused' })
    await runShard(memory.world, { ...message, index: 1 }, workerNamed('one'))
    expect(memory.inference.calls).toHaveLength(calls)
  })

  test('is run by one of many that take it at once', async () => {
    await Promise.all(['one', 'two', 'three'].map((owner) => run(memory.world, workerNamed(owner))))
    const ids = memory.inference.calls.map(({ requestId }) => requestId)
    expect(new Set(ids).size).toBe(ids.length)
    expect((await shard()).claim).toBe(1)
  })
})

describe('a claim that is lost', () => {
  test('leaves no trace: the newer claim ends the shard', async () => {
    await prepare({ latencyMs: () => 1000 })
    const { shards } = memory.world
    // The worker stands still so long that its lease runs out.
    const deaf = { ...memory.world, shards: { ...shards, heartbeat: async () => {} } }
    const old = run(deaf, workerNamed('old', { leaseSeconds: 0.5 }))
    await stillness()
    memory.clock.pass(600)
    await stillness()
    const newer = await shards.claim(message.roundId, 'explore', 0, 'new', 60)
    for (let moves = 0; moves < 20; moves++) {
      memory.clock.next()
      await stillness()
    }
    await old
    expect(await stored()).toEqual([])
    expect(await shard()).toMatchObject({ status: 'claimed', owner: 'new', claim: newer?.claim.claim, failures: 1 })
    expect(queued()).toEqual([])
  })

  test('stops its run at the next heartbeat, with what is in flight', async () => {
    await prepare({ latencyMs: () => 60_000 })
    const old = run(memory.world, workerNamed('old', { leaseSeconds: 2 }))
    await stillness()
    memory.clock.pass(2000)
    await memory.world.shards.claim(message.roundId, 'explore', 0, 'new', 60)
    memory.clock.pass(1000)
    await old
    expect(memory.inference.running()).toBe(0)
    expect(await shard()).toMatchObject({ status: 'claimed', owner: 'new' })
  })
})

describe('a shard that fails', () => {
  test('is tried again after a while that doubles, and fails for good at the fifth time', async () => {
    const waits = []
    for (let failure = 1; failure <= 4; failure++) {
      const before = memory.clock.now().getTime()
      await run(failing())
      expect(await shard()).toMatchObject({ status: 'pending', failures: failure, reason: 'the verifier broke' })
      const again = (await shard()).lookAgainAt?.getTime() ?? 0
      waits.push((again - before) / 1000)
      expect(queued().at(-1)).toEqual({ message, dueMs: again + 50 })
      memory.clock.pass(again - before)
      memory.backlog.waiting.clear()
    }
    expect(waits).toEqual([1, 2, 4, 8])
    await run(failing())
    expect(await shard()).toMatchObject({ status: 'failed', reason: 'the verifier broke' })
    expect(queued().map((each) => each.message)).toEqual([{ kind: 'advance-round', roundId: message.roundId }])
  })

  test('fails at once when trying again would not help', async () => {
    memory.models.delete('teacher')
    await run()
    expect(await shard()).toMatchObject({ status: 'failed', reason: expect.stringContaining('has no model teacher') })
  })

  test('fails for good when five workers died over it', async () => {
    for (let death = 1; death <= 5; death++) {
      expect(await memory.world.shards.claim(message.roundId, 'explore', 0, `worker ${death}`, 10)).toMatchObject({
        failures: death - 1,
      })
      memory.clock.pass(10_000)
    }
    await run()
    expect(memory.inference.calls).toEqual([])
    expect(await shard()).toMatchObject({ status: 'failed', reason: 'the lease of worker 5 ran out; failed 5 times' })
  })
})

describe('a shard that waits', () => {
  const waiting = (recipe: Record<string, unknown> = {}) => prepare({ failure: () => 'unreachable' }, recipe)

  test('looks again when asked to, and counts no failure', async () => {
    await waiting()
    await run()
    expect(await shard()).toMatchObject({
      status: 'waiting',
      failures: 0,
      reason: expect.stringContaining('unreachable'),
    })
    expect(queued()).toEqual([{ message, dueMs: memory.clock.now().getTime() + 5050 }])
  })

  test('fails when it has waited in vain for longer than the recipe has patience', async () => {
    await waiting({ patience: { endpointMinutes: 1 } })
    for (let second = 0; second <= 60; second += 5) {
      await run()
      expect((await shard()).status).toBe('waiting')
      memory.clock.pass(5000)
    }
    await run()
    expect(await shard()).toMatchObject({ status: 'failed', reason: expect.stringMatching(/waited 65 s in vain$/) })
  })

  test('begins its patience anew whenever something was achieved', async () => {
    let answers = 0
    // Every third call goes through.
    await prepare(
      { failure: () => (answers++ % 3 === 2 ? null : 'unreachable'), slots: 1 },
      { patience: { endpointMinutes: 0.1 } },
    )
    let looks = 0
    for (; (await shard()).status !== 'done' && looks < 60; looks++) {
      await run()
      expect((await shard()).status).not.toBe('failed')
      memory.clock.pass(5000)
    }
    expect(looks).toBeGreaterThan(4)
  })
})

describe('a shard in the middle of its run', () => {
  test.each([
    ['its worker shuts down', async (shutdown: AbortController) => shutdown.abort(new Error('the worker shuts down'))],
    [
      'its iteration is paused',
      async () => {
        const iteration = await memory.world.rounds.iteration('it-1')
        if (iteration !== null) await memory.world.rounds.updateIteration(iteration, { state: 'paused' })
        memory.clock.pass(3000)
      },
    ],
  ])('is given back when %s: what it found is stored, nothing is in flight, no failure counted', async (_when, act) => {
    await prepare({ latencyMs: ({ prompt }) => (prompt.startsWith('2') ? 100 : 60_000) })
    const shutdown = new AbortController()
    const ended = run(memory.world, workerNamed('one', { shutdown: shutdown.signal }))
    await stillness()
    memory.clock.pass(100)
    await stillness()
    await act(shutdown)
    await ended
    expect(memory.inference.running()).toBe(0)
    expect((await stored()).length).toBeGreaterThan(0)
    expect(await shard()).toMatchObject({ status: 'pending', owner: null, failures: 0, lookAgainAt: null })
    expect(queued()).toEqual([])
  })

  test('keeps its lease and shows its progress for as long as it takes', async () => {
    await prepare({ latencyMs: () => 60_000 })
    const ended = run()
    for (let beat = 0; beat < 10; beat++) {
      await stillness()
      memory.clock.pass(3000)
    }
    await stillness()
    expect((await shard()).leaseUntil?.getTime()).toBe(memory.clock.now().getTime() + 15_000)
    expect((await shard()).progress).toMatchObject({ done: 0, total: 3, unit: 'problems' })
    for (let moves = 0; (await shard()).status !== 'done' && moves < 200; moves++) {
      memory.clock.next()
      await stillness()
    }
    await ended
    expect(await shard()).toMatchObject({ status: 'done', claim: 1, failures: 0 })
    expect(memory.clock.next()).toBe(false)
  })

  test('goes on when a heartbeat fails for another reason than a lost claim', async () => {
    await prepare({ latencyMs: () => 5000 })
    const { shards } = memory.world
    let beats = 0
    const heartbeat: typeof shards.heartbeat = async (...given) => {
      if (beats++ === 0) throw new Error('the database is away')
      await shards.heartbeat(...given)
    }
    const ended = run({ ...memory.world, shards: { ...shards, heartbeat } })
    for (let moves = 0; (await shard()).status !== 'done' && moves < 200; moves++) {
      await stillness()
      memory.clock.next()
    }
    await ended
    expect(await shard()).toMatchObject({ status: 'done', failures: 0 })
  })
})
