import { describe, expect, test } from '@jest/globals'
import { retryIteration } from './retry-iteration.ts'
import { startIteration } from './start-iteration.ts'
import { type Interruption, interruptWorld } from './testing/interrupted-world.ts'
import { startWorker, stillness, until } from './testing/memory-worker.ts'
import { createMemoryWorld } from './testing/memory-world.ts'
import { outcomeOf } from './testing/outcome-of.ts'
import { sumsRecipe } from './testing/sums-recipe.ts'

const id = 'it-1'
const recipe = sumsRecipe({ rounds: 0, cluster: { backend: 'local', threads: 1 } })
const changes = { cluster: { backend: 'local', threads: 2 } }

/** A round that fails in train until it is retried under another cluster, by a person who tries again for as long as it is failed. */
async function play(interruption: { readonly at: number; readonly how: Interruption } | null = null) {
  const memory = await createMemoryWorld({
    skillOf: ({ threads }) => {
      if (threads === 1) throw new Error('there is no such partition')
      return 0.8
    },
  })
  await startIteration(memory.world, recipe, { idempotencyKey: null })
  const first = interruptWorld(memory.world, interruption)
  let process = first
  let worker = await startWorker(process.world)
  await until(memory, async () => {
    if (process.isDead()) {
      worker.stop()
      process = interruptWorld(memory.another())
      worker = await startWorker(process.world, { owner: 'another' })
      await stillness()
    }
    const state = (await memory.world.rounds.iteration(id))?.state
    if (state === 'failed') {
      retryIteration(process.world, id, changes).catch(() => {})
      await stillness()
    }
    return state === 'succeeded'
  })
  worker.stop()
  const retries = (await memory.world.events.read(id, 0, 1000)).filter(({ kind }) => kind === 'iteration.retried')
  const attempts = await memory.world.training.attempts('it-1-r0')
  return {
    outcome: await outcomeOf(memory, id),
    retries: retries.length,
    attempts: attempts.map(({ attempt }) => attempt),
    writes: first.writes,
  }
}

describe('a round that fails in train and is retried', () => {
  test.each([
    ['any one of its writes is refused', 'refused'],
    ['any one of its writes takes place but seems to have failed', 'unanswered'],
    ['its process dies after any one of its writes', 'died'],
  ] as const)(
    'comes to the same, in one retry, when %s',
    async (_when, how) => {
      const { writes, ...undisturbed } = await play()
      expect(undisturbed).toMatchObject({ retries: 1, attempts: [1, 2], outcome: { state: 'succeeded' } })
      expect(writes).toContain('rounds.reopen')
      for (const [at, write] of writes.entries()) {
        const { writes: own, ...disturbed } = await play({ at, how })
        expect([at, own[at]]).toEqual([at, write])
        if (JSON.stringify(disturbed) !== JSON.stringify(undisturbed))
          expect({ at, write, ...disturbed }).toEqual(undisturbed)
      }
    },
    60_000,
  )
})
