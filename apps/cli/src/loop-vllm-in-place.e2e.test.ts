import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from '@jest/globals'
import {
  findVllmPython,
  makeTinyCheckpoints,
  startReplaceableServers,
  type VllmServer,
} from '@ratchet/adapters/testing/vllm-server.ts'
import { createLocalRatchet, type LocalRatchet } from './testing/local-ratchet.ts'
import { python } from './testing/reference-run.ts'
import { smallRecipe, untilOver } from './testing/small-loop.ts'

if (findVllmPython() === null)
  test.skip('the loop on two vLLMs (skipped: no vLLM; run node tools/vllm.mjs install or set VLLM_PYTHON)', () => {})
else describe('the loop on two running vLLMs whose weights are replaced', () => describeLoop())

function describeLoop(): void {
  let ratchet: LocalRatchet | undefined
  const servers: VllmServer[] = []
  const directory = mkdtempSync(join(tmpdir(), 'ratchet-loop-in-place-'))
  afterAll(async () => {
    await ratchet?.remove()
    for (const server of servers) await server.stop()
    rmSync(directory, { recursive: true, force: true })
  })

  test('every trajectory carries the name of the proven deployment, though the servers keep their own', async () => {
    const { path: modelPath } = makeTinyCheckpoints(directory)('full-1')
    servers.push(...(await startReplaceableServers({ directory, modelPath, contextTokens: 256 })))
    ratchet = await createLocalRatchet()
    const client = await ratchet.start()
    const urls = servers.map(({ url }) => url)
    const serving = { backend: 'vllm-in-place' as const, urls, maxInFlight: 32 }
    const recipe = await smallRecipe(client, python, ratchet.dataDirectory, { rounds: 1, serving })
    const started = await client.startIteration(recipe)
    const iteration = await untilOver(client, started.id)
    expect(iteration).toMatchObject({ state: 'succeeded', reason: null })
    expect(iteration.rounds.map((round) => round.state)).toEqual(['accepted', 'accepted'])

    const deployments = await client.deployments(iteration.id)
    const nameOf = (index: number) => deployments.find((each) => each.roundId === iteration.rounds[index]?.id)?.name
    const [imitation, improvement] = iteration.rounds
    const versions = async (roundId: string, purpose: 'explore' | 'evaluate') => {
      const { items } = await client.trajectories({ roundId, purpose, limit: 1000 })
      expect(items.filter((each) => each.finish === 'error')).toEqual([])
      return [...new Set(items.map((each) => each.policyVersion))]
    }
    expect(await versions(imitation!.id, 'evaluate')).toEqual([nameOf(0)])
    expect(await versions(improvement!.id, 'explore')).toEqual([nameOf(0)])
    expect(await versions(improvement!.id, 'evaluate')).toEqual([nameOf(1)])
    expect(nameOf(0)).not.toBe(nameOf(1))
    expect(nameOf(0)).toMatch(/^small-r0-/)
    expect(deployments.map((each) => each.state).toSorted()).toEqual(['ready', 'released'])
  })
}
