import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import type { DeterministicEndpoint } from '@ratchet/adapters/testing/deterministic-endpoint.ts'
import { recipeFor, startTeacher } from './testing/deterministic-loop.ts'
import { createLocalRatchet, type LocalRatchet } from './testing/local-ratchet.ts'
import { referenceServer } from './testing/reference-run.ts'
import { outcomeOf, smallProblems, untilOver } from './testing/small-loop.ts'

describe('the loop with a deterministic endpoint', () => {
  let endpoint: DeterministicEndpoint
  let killed: LocalRatchet | null = null
  beforeAll(async () => {
    endpoint = await startTeacher()
  })
  afterAll(async () => {
    await killed?.remove()
    await endpoint.close()
  })

  test('killed five times, it asks again for nothing it had stored, and makes the datasets of an undisturbed run', async () => {
    const reference = await referenceServer()
    const undisturbed = await reference.client.startIteration(
      await recipeFor(reference.client, reference.ratchet.dataDirectory, endpoint),
    )
    const whole = await untilOver(reference.client, undisturbed.id)
    expect(whole).toMatchObject({ state: 'succeeded', reason: null })

    killed = await createLocalRatchet()
    let client = await killed.start()
    const { id } = await client.startIteration(await recipeFor(client, killed.dataDirectory, endpoint))
    /** How often each attempt had been asked when it was first seen stored. */
    const stored = new Map<string, { readonly asks: () => number; readonly before: number }>()
    for (let kill = 0; kill < 5; kill++) {
      await sleep(2_500)
      const { items } = await client.trajectories({ iterationId: id, limit: 1000 })
      for (const { id: trajectory, problemId, seed } of items) {
        const asks = () => endpoint.asksOf([{ role: 'user', content: promptOf(problemId) }], seed)
        if (!stored.has(trajectory)) stored.set(trajectory, { asks, before: asks() })
      }
      await killed.kill()
      client = await killed.start()
    }
    const iteration = await untilOver(client, id)
    expect(iteration).toMatchObject({ state: 'succeeded', reason: null })
    expect(await outcomeOf(client, iteration)).toEqual(await outcomeOf(reference.client, whole))

    expect(stored.size).toBeGreaterThan(50)
    for (const { asks, before } of stored.values()) expect(asks()).toBe(before)
  })
})

function promptOf(problemId: string): string {
  return smallProblems.pool.find(({ problem }) => problem.id === problemId)?.problem.prompt ?? ''
}
