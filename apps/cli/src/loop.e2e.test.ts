import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { findRealPython } from '@ratchet/adapters/testing/real-python.ts'
import type { IterationView } from '@ratchet/api/schemas/iteration.ts'
import type { ApiClient } from './api-client.ts'
import { createLocalRatchet, type LocalRatchet } from './testing/local-ratchet.ts'
import { outcomeOf, smallRecipe, untilOver } from './testing/small-loop.ts'

const python = findRealPython() ?? 'python3'

describe('the loop with real parts', () => {
  const installations: LocalRatchet[] = []
  const open = async (extra: Record<string, string> = {}) => {
    const ratchet = await createLocalRatchet(extra)
    installations.push(ratchet)
    return ratchet
  }
  let undisturbed: { client: ApiClient; iteration: IterationView; outcome: unknown }

  beforeAll(async () => {
    const ratchet = await open()
    const client = await ratchet.start()
    const recipe = await smallRecipe(client, python, ratchet.dataDirectory)
    const started = await client.startIteration(recipe, { idempotencyKey: 'undisturbed' })
    const iteration = await untilOver(client, started.id)
    undisturbed = { client, iteration, outcome: await outcomeOf(client, iteration) }
  })
  afterAll(async () => {
    for (const each of installations) await each.remove()
  })

  test('turns three rounds, the last with preferences, and ends with reports, checkpoints and datasets', async () => {
    const { client, iteration } = undisturbed
    expect(iteration).toMatchObject({ state: 'succeeded', reason: null })
    expect(iteration.rounds.map((round) => round.state)).toEqual(['accepted', 'accepted', 'accepted'])
    const datasets = await client.datasets({ iterationId: iteration.id })
    expect(datasets.map((each) => each.kind).sort()).toEqual(['preference', 'sft', 'sft', 'sft'])
    expect(await client.reports(iteration.id)).toHaveLength(3)
    expect(await client.checkpoints(iteration.id)).toHaveLength(3)
  })

  test('a run killed five times makes the same datasets and checkpoints as one left alone', async () => {
    const ratchet = await open()
    let client = await ratchet.start()
    const recipe = await smallRecipe(client, python, ratchet.dataDirectory)
    const { id } = await client.startIteration(recipe, { idempotencyKey: 'killed' })
    for (const afterMs of [2_000, 9_000, 15_000, 4_000, 12_000]) {
      await sleep(afterMs)
      await ratchet.kill()
      client = await ratchet.start()
    }
    const iteration = await untilOver(client, id)
    expect(iteration).toMatchObject({ state: 'succeeded', reason: null })
    expect(await outcomeOf(client, iteration)).toEqual(undisturbed.outcome)
  })
})
