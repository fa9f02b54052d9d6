import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import {
  type DeterministicEndpoint,
  startDeterministicEndpoint,
} from '@ratchet/adapters/testing/deterministic-endpoint.ts'
import type { ApiClient } from './api-client.ts'
import { createLocalRatchet, type LocalRatchet } from './testing/local-ratchet.ts'
import { python, referenceServer } from './testing/reference-run.ts'
import { outcomeOf, smallProblems, smallRecipe, untilOver } from './testing/small-loop.ts'

const solutions = new Map(smallProblems.pool.map(({ problem, solution }) => [problem.prompt, solution]))

/** Round 0 alone, its teacher the endpoint, and a training so short that exploration is most of it. */
async function recipeFor(client: ApiClient, directory: string, endpoint: DeterministicEndpoint) {
  const teacher = { model: 'teacher', endpoints: [{ url: endpoint.url, maxInFlight: 12 }] }
  const recipe = await smallRecipe(client, python, directory, { imitate: { from: 'teacher', teacher }, rounds: 0 })
  return { ...recipe, name: 'deterministic', train: { ...recipe.train, sft: { ...recipe.train.sft, maxSteps: 20 } } }
}

describe('the loop with a deterministic endpoint', () => {
  let endpoint: DeterministicEndpoint
  let killed: LocalRatchet | null = null
  beforeAll(async () => {
    endpoint = await startDeterministicEndpoint({
      models: ['teacher'],
      // A third of the attempts are right, and they come back in any order.
      answer: ({ messages, seed }) =>
        seed % 3 === 0 ? (solutions.get(messages.at(-1)?.content ?? '') ?? '') : `<think>${seed}</think>Answer: none`,
      latencyMs: ({ seed }) => 150 + (seed % 7) * 100,
    })
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
