import { afterAll, describe, expect, test } from '@jest/globals'
import { findVllmPython, vllmCommand } from '@ratchet/adapters/testing/vllm-server.ts'
import { createLocalRatchet, type LocalRatchet } from './testing/local-ratchet.ts'
import { python } from './testing/reference-run.ts'
import { smallRecipe, untilOver } from './testing/small-loop.ts'

if (findVllmPython() === null)
  test.skip('the loop with vLLM (skipped: no vLLM; run node tools/vllm.mjs install or set VLLM_PYTHON)', () => {})
else describe('the loop with vLLM serving every checkpoint', () => describeLoop())

function describeLoop(): void {
  let ratchet: LocalRatchet | undefined
  afterAll(async () => {
    await ratchet?.remove()
  })

  test('a round of self-improvement samples from one vLLM server and evaluates a second one against it', async () => {
    ratchet = await createLocalRatchet()
    const client = await ratchet.start()
    const serving = { backend: 'command' as const, ...vllmCommand(256) }
    const recipe = await smallRecipe(client, python, ratchet.dataDirectory, { rounds: 1, serving })
    const started = await client.startIteration(recipe)
    const iteration = await untilOver(client, started.id)
    expect(iteration).toMatchObject({ state: 'succeeded', reason: null })
    expect(iteration.rounds.map((round) => round.state)).toEqual(['accepted', 'accepted'])

    const [imitation, improvement] = iteration.rounds
    const explored = await client.trajectories({ roundId: improvement!.id, purpose: 'explore', limit: 1000 })
    const [policy, ...others] = new Set(explored.items.map((each) => each.policyVersion))
    expect(policy).toMatch(/^small-r0-/)
    expect(others).toEqual([])
    for (const { finish, completionTokens, logprobSum } of explored.items) {
      expect(finish).not.toBe('error')
      expect(completionTokens).toBeGreaterThan(0)
      expect(logprobSum).toBeLessThanOrEqual(0)
    }
    expect(explored.items.some((each) => each.verdict.decision === 'correct')).toBe(true)

    const deployments = await client.deployments(iteration.id)
    expect(deployments.find((each) => each.roundId === imitation!.id)?.state).toBe('released')
    const last = deployments.find((each) => each.roundId === improvement!.id)
    expect(last?.state).toBe('ready')
    const models = await fetch(`${last?.endpoints[0]}/models`)
    expect(await models.json()).toMatchObject({ data: [{ id: last?.name, owned_by: 'vllm' }] })
  })
}
