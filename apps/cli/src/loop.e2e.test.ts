import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import type { IterationView } from '@ratchet/api/schemas/iteration.ts'
import type { ApiClient } from './api-client.ts'
import { createLocalRatchet, type LocalRatchet } from './testing/local-ratchet.ts'
import { python, type ReferenceRun, referenceRun } from './testing/reference-run.ts'
import { outcomeOf, smallRecipe, untilOver } from './testing/small-loop.ts'
import { killTrainer, storedSteps, writtenSteps } from './testing/training-series.ts'

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
    await expectWholeSeries(undisturbed.ratchet, client, iteration)
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

  test('a run killed five times makes the same datasets, checkpoints and series of steps as one left alone', async () => {
    const ratchet = await createLocalRatchet()
    installations.push(ratchet)
    let client = await ratchet.start()
    const recipe = await smallRecipe(client, python, ratchet.dataDirectory)
    const { id, rounds } = await client.startIteration(recipe, { idempotencyKey: 'killed' })
    let trainersKilled = 0
    const killOneTrainer = (): void => {
      if (trainersKilled === 0 && rounds.some((round) => killTrainer(ratchet.dataDirectory, round.id))) trainersKilled++
    }
    for (const afterMs of [2_000, 9_000, 15_000, 4_000, 12_000]) {
      await sleep(afterMs)
      await ratchet.kill()
      killOneTrainer()
      client = await ratchet.start()
    }
    const iteration = await untilOver(client, id, killOneTrainer)
    expect(iteration).toMatchObject({ state: 'succeeded', reason: null })
    expect(await outcomeOf(client, iteration)).toEqual(undisturbed.outcome)
    await expectWholeSeries(ratchet, client, iteration)
    for (const round of rounds)
      expect(await storedSteps(client, round.id)).toEqual(
        await storedSteps(undisturbed.client, undisturbed.iteration.rounds[round.index]?.id ?? ''),
      )
    const attempts = await Promise.all(rounds.map(async (round) => (await client.training(round.id)).attempts.length))
    expect(attempts.toSorted()).toEqual([1, 1, 1 + trainersKilled])
  })
})

/** Every step that the trainers wrote is there exactly once. */
async function expectWholeSeries(ratchet: LocalRatchet, client: ApiClient, { rounds }: IterationView): Promise<void> {
  for (const [index, round] of rounds.entries()) {
    const stored = await storedSteps(client, round.id)
    expect(stored).toEqual(writtenSteps(ratchet.dataDirectory, round.id))
    expect(stored).toHaveLength(index === 2 ? 30 : 150)
    expect(await client.training(round.id)).toMatchObject({ state: 'succeeded', step: stored.length, gpuSeconds: 0 })
  }
}
