import { describe, expect, test } from '@jest/globals'
import { PortError } from '@ratchet/ports/port-error.ts'
import { releaseIteration } from './release-iteration.ts'
import { startIteration } from './start-iteration.ts'
import { startWorker, until, untilEnded } from './testing/memory-worker.ts'
import { createMemoryWorld, type MemoryWorld } from './testing/memory-world.ts'
import { sumsRecipe } from './testing/sums-recipe.ts'

const stateOf = async ({ world }: MemoryWorld) => (await world.deployments.list('it-1')).map(({ state }) => state)

describe('what an iteration that is over still serves', () => {
  test('is taken out of service by a worker, once somebody asks', async () => {
    const memory = await createMemoryWorld()
    const { world } = memory
    await startIteration(world, sumsRecipe(), { idempotencyKey: null })
    expect(await releaseIteration(world, 'it-1')).toMatchObject({
      kind: 'refused',
      reason: expect.stringContaining('the iteration is running and needs what it serves'),
    })
    await startWorker(world)
    await untilEnded(memory, 'it-1')
    expect(await stateOf(memory)).toEqual(['released', 'ready'])
    expect(memory.models.size).toBe(2)
    expect(await releaseIteration(world, 'it-1')).toMatchObject({ kind: 'asked', deployments: 1 })
    await until(memory, async () => (await stateOf(memory)).every((state) => state === 'released'))
    expect([...memory.models.keys()]).toEqual(['teacher'])
    expect(await releaseIteration(world, 'it-1')).toMatchObject({ kind: 'asked', deployments: 0 })
    expect(await releaseIteration(world, 'none')).toEqual({ kind: 'not-found' })
  })

  test('says why it is still there, and is asked for until it is gone', async () => {
    const memory = await createMemoryWorld()
    const away = { is: true }
    const release = async (name: string) => {
      if (away.is) throw new PortError('the server does not answer', { retryable: true })
      await (await memory.world.serving(sumsServing)).release(name)
    }
    const world = {
      ...memory.world,
      serving: async () => ({ ...(await memory.world.serving(sumsServing)), release }),
    }
    await startIteration(world, sumsRecipe({ rounds: 0 }), { idempotencyKey: null })
    await startWorker(world)
    await untilEnded(memory, 'it-1')
    await releaseIteration(world, 'it-1')
    const [asked] = await world.deployments.list('it-1')
    expect(asked).toMatchObject({ state: 'releasing' })
    await until(memory, async () => (await world.deployments.list('it-1'))[0]?.reason !== null)
    expect(await world.deployments.list('it-1')).toMatchObject([
      { state: 'releasing', reason: 'the server does not answer' },
    ])
    away.is = false
    await until(memory, async () => (await stateOf(memory)).every((state) => state === 'released'))
  })
})

const sumsServing = { backend: 'policy-server', maxInFlight: 4 } as const
