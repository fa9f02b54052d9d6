import { beforeAll, describe, expect, test } from '@jest/globals'
import type { NewIteration } from '@ratchet/ports/round-store.ts'
import { startIteration } from './start-iteration.ts'
import { type Interruption, interruptWorld } from './testing/interrupted-world.ts'
import { startWorker, stillness, until } from './testing/memory-worker.ts'
import { createMemoryWorld } from './testing/memory-world.ts'
import { outcomeOf } from './testing/outcome-of.ts'
import { sumsRecipe } from './testing/sums-recipe.ts'
import type { World } from './world.ts'

/** With everything that the loop can do: preference pairs, perplexities by a prefill pass, and DPO. */
const recipe = sumsRecipe({
  curate: { preference: {} },
  overrides: [
    {
      rounds: [1],
      score: { under: 'incumbent' },
      train: { method: 'sft+dpo', dpo: { maxSteps: 2, learningRate: 0.0001 } },
    },
  ],
})

const id = 'it-loop'

type Disturbance = {
  readonly interruption?: { readonly at: number; readonly how: Interruption }
  readonly concurrency?: number
  readonly slots?: number
  /** Whether the queue loses every message to advance a round. */
  readonly forgetful?: boolean
}

/** What starting the iteration writes. Checking the recipe takes a fifth of a loop's time, so it is done once. */
let started: NewIteration | undefined

async function begin(world: World): Promise<void> {
  if (started === undefined) {
    const createIteration: typeof world.rounds.createIteration = async (iteration) => {
      started = iteration
      return await world.rounds.createIteration(iteration)
    }
    await startIteration({ ...world, rounds: { ...world.rounds, createIteration } }, recipe, { idempotencyKey: 'key' })
    return
  }
  await world.rounds.createIteration(started)
  await world.queue.enqueue([{ kind: 'advance-round', roundId: `${id}-r0` }])
}

/** Plays the loop of two rounds to its end. A process that dies is replaced by another one. */
async function play({ interruption, concurrency = 4, slots = 4, forgetful = false }: Disturbance = {}) {
  const memory = await createMemoryWorld({ newId: () => 'loop', logprobs: false, slots })
  const { queue } = memory.world
  const enqueue: typeof queue.enqueue = (messages, options) =>
    queue.enqueue(forgetful ? messages.filter(({ kind }) => kind === 'run-shard') : messages, options)
  const first = interruptWorld({ ...memory.world, queue: { ...queue, enqueue } }, interruption)
  let process = first
  const start = async () => {
    if (process.isDead()) process = interruptWorld(memory.another())
    begin(process.world).catch(() => {})
    await stillness()
  }
  await start()
  if (process.isDead() || process.writes.length < 2) await start()
  let worker = await startWorker(process.world, { concurrency })
  await until(memory, async () => {
    if (process.isDead()) {
      worker.stop()
      process = interruptWorld(memory.another())
      worker = await startWorker(process.world, { owner: 'another', concurrency })
      await stillness()
    }
    return (await memory.world.rounds.iteration(id))?.state === 'succeeded'
  })
  worker.stop()
  return { outcome: await outcomeOf(memory, id), writes: first.writes, calls: memory.inference.calls }
}

describe('a loop of two rounds', () => {
  let undisturbed: Awaited<ReturnType<typeof play>>
  beforeAll(async () => {
    undisturbed = await play()
  })

  test('ends with two accepted rounds, the last candidate in service and a dataset version a round and kind', () => {
    const { outcome, calls } = undisturbed
    expect(outcome).toMatchObject({ state: 'succeeded', reason: null, incumbent: 'ck-it-loop-r1' })
    expect(outcome.rounds).toMatchObject([
      { state: 'accepted', incumbentCheckpointId: null, candidateCheckpointId: 'ck-it-loop-r0' },
      { state: 'accepted', incumbentCheckpointId: 'ck-it-loop-r0', candidateCheckpointId: 'ck-it-loop-r1' },
    ])
    expect(outcome.deployments.map(({ checkpointId, state }) => [checkpointId, state])).toEqual([
      ['ck-it-loop-r0', 'released'],
      ['ck-it-loop-r1', 'ready'],
    ])
    expect(outcome.served).toEqual(['teacher', outcome.deployments[1]?.name])
    expect(outcome.datasets.map(({ roundId, kind }) => `${roundId} ${kind}`)).toEqual([
      'it-loop-r0 preference',
      'it-loop-r0 sft',
      'it-loop-r1 preference',
      'it-loop-r1 sft',
    ])
    const explored = outcome.trajectories.filter(
      ({ purpose, roundId }) => purpose === 'explore' && roundId === 'it-loop-r1',
    )
    for (const { perplexities } of explored) expect(Object.keys(perplexities)).toEqual([outcome.deployments[0]?.name])
    expect(new Set(calls.map(({ kind, requestId }) => kind + requestId)).size).toBe(calls.length)
  })

  test('comes to the same with one shard at a time and one rollout at a time', async () => {
    expect((await play({ concurrency: 1, slots: 1 })).outcome).toEqual(undisturbed.outcome)
  })

  test('comes to the same when the queue loses every message to advance a round', async () => {
    expect((await play({ forgetful: true })).outcome).toEqual(undisturbed.outcome)
  })

  test.each([
    ['any one of its writes is refused', 'refused'],
    ['any one of its writes takes place but seems to have failed', 'unanswered'],
    ['its process dies after any one of its writes', 'died'],
  ] as const)(
    'comes to the same when %s',
    async (_when, how) => {
      expect(undisturbed.writes.length).toBeGreaterThan(100)
      const expected = JSON.stringify(undisturbed.outcome)
      for (const [at, write] of undisturbed.writes.entries()) {
        const { outcome, writes } = await play({ interruption: { at, how } })
        expect([at, writes[at]]).toEqual([at, write])
        if (JSON.stringify(outcome) !== expected)
          expect({ at, write, outcome }).toEqual({ outcome: undisturbed.outcome })
      }
    },
    60_000,
  )
})
