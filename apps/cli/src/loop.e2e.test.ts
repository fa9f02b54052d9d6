import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { createLocalRatchet, type LocalRatchet } from './testing/local-ratchet.ts'
import { python, type ReferenceRun, referenceRun } from './testing/reference-run.ts'
import { outcomeOf, smallRecipe, untilOver } from './testing/small-loop.ts'

describe('the loop with real parts', () => {
  const installations: LocalRatchet[] = []
  let undisturbed: ReferenceRun

  beforeAll(async () => {
    undisturbed = await referenceRun()
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

  test('imitates a teacher that is asked over HTTP: here the policy that another iteration ended with', async () => {
    const { client, ratchet, iteration } = undisturbed
    const inService = (await client.deployments(iteration.id)).filter((each) => each.state === 'ready')
    const last = inService.find((each) => each.roundId === iteration.rounds.at(-1)?.id)
    const endpoints = last?.endpoints.map((url) => ({ url }))
    const imitate = { from: 'teacher', teacher: { model: last?.name, endpoints } }
    const recipe = await smallRecipe(client, python, ratchet.dataDirectory, { imitate, rounds: 0 })
    const taught = await client.startIteration({ ...recipe, name: 'taught' })
    const { state, reason, rounds } = await untilOver(client, taught.id)
    expect({ state, reason }).toEqual({ state: 'succeeded', reason: null })
    const [round] = rounds
    const { items } = await client.trajectories({ iterationId: taught.id, purpose: 'explore', limit: 1000 })
    expect(new Set(items.map((each) => each.policyVersion))).toEqual(new Set([last?.name]))
    expect(new Set(items.map((each) => each.problemSetId))).toEqual(new Set([recipe.problems]))
    expect(items.some((each) => each.verdict.decision === 'incorrect')).toBe(true)
    const correct = items.filter((each) => each.verdict.decision === 'correct').map((each) => each.problemId)
    const [dataset] = await client.datasets({ roundId: round!.id })
    expect(dataset?.manifest.rows).toBeGreaterThan(0)
    expect(dataset?.manifest.rows).toBeLessThanOrEqual(correct.length)
  })

  test('a run killed five times makes the same datasets and checkpoints as one left alone', async () => {
    const ratchet = await createLocalRatchet()
    installations.push(ratchet)
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
