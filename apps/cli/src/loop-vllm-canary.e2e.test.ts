import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { createServerClient, type ServerClient } from '@ratchet/adapters/serving/server-client.ts'
import {
  findVllmPython,
  makeTinyCheckpoints,
  startVllmServer,
  type VllmServer,
} from '@ratchet/adapters/testing/vllm-server.ts'
import type { ServingChoice } from '@ratchet/domain/recipe/recipe.ts'
import type { ServedCheckpoint } from '@ratchet/ports/testing/serving-contract.ts'
import type { ApiClient } from './api-client.ts'
import { createLocalRatchet, type LocalRatchet } from './testing/local-ratchet.ts'
import { python } from './testing/reference-run.ts'
import { smallRecipe, untilOver } from './testing/small-loop.ts'

if (findVllmPython() === null)
  test.skip('unproven weights in a loop (skipped: no vLLM; run node tools/vllm.mjs install or set VLLM_PYTHON)', () => {})
else describe('a loop whose vLLMs come to serve other weights than it trained', () => describeLoop())

function describeLoop(): void {
  const directory = mkdtempSync(join(tmpdir(), 'ratchet-loop-canary-'))
  const servers: VllmServer[] = []
  const administrations: ServerClient[] = []
  let made: (name: string) => ServedCheckpoint
  let ratchet: LocalRatchet
  let client: ApiClient
  beforeAll(async () => {
    made = makeTinyCheckpoints(directory)
    const common = { directory, modelPath: made('full-1').path, servedName: 'policy', contextTokens: 256 }
    const env = { VLLM_SERVER_DEV_MODE: '1' }
    servers.push(...(await Promise.all(['one', 'two'].map((name) => startVllmServer({ ...common, name, env })))))
    administrations.push(...servers.map(({ url }) => createServerClient(url)))
    ratchet = await createLocalRatchet()
    client = await ratchet.start()
  }, 600_000)
  afterAll(async () => {
    await ratchet?.remove()
    for (const each of administrations) await each.close()
    for (const each of servers) await each.stop()
    rmSync(directory, { recursive: true, force: true })
  }, 120_000)

  const inPlace = (): ServingChoice => ({
    backend: 'vllm-in-place',
    urls: servers.map(({ url }) => url),
    maxInFlight: 32,
  })
  const start = async (serving: ServingChoice, rounds: number) => {
    const recipe = await smallRecipe(client, python, ratchet.dataDirectory, { rounds, serving })
    // What it learns does not matter here, and attempts that fail are many and long.
    const sft = { ...recipe.train.sft, maxSteps: 40 }
    const explore = { ...recipe.explore, cap: 24 }
    const train = { ...recipe.train, sft }
    return (await client.startIteration({ ...recipe, explore, train, seed: nextSeed() })).id
  }
  const load = async (administration: ServerClient | undefined, path: string) => {
    const reload = { method: 'reload_weights', kwargs: { weights_path: path } }
    expect((await administration?.ask('POST', '/collective_rpc', reload, 60_000))?.status).toBe(200)
  }
  const emptyCache = (administration: ServerClient | undefined) =>
    administration?.ask('POST', '/reset_prefix_cache', undefined, 60_000)
  const sampled = async (roundId: string, purpose: 'explore' | 'evaluate') =>
    (await client.trajectories({ roundId, purpose, limit: 1000 })).items

  test('static: another checkpoint under the right name is waited on, and evaluated once the right one is there', async () => {
    const [server] = servers
    const endpoints = [{ url: `${server!.url}/v1`, maxInFlight: 32 }]
    const id = await start({ backend: 'static', model: 'policy', endpoints }, 0)
    const round = await untilStageSays(client, id, 0, 'deploy', /other weights than .* are served as policy/)
    expect(round.state).toBe('deploy')
    expect((await client.deployments(id))[0]).toMatchObject({
      state: 'starting',
      reason: expect.stringMatching(/other weights.*: serve .* there under that name/),
    })
    expect(await sampled(round.id, 'evaluate')).toEqual([])
    const [checkpoint] = await client.checkpoints(id)
    await load(administrations[0], checkpoint?.path ?? '')
    await emptyCache(administrations[0])
    const iteration = await untilOver(client, id)
    expect(iteration).toMatchObject({ state: 'succeeded', reason: null })
    const [deployment] = await client.deployments(id)
    expect(deployment?.state).toBe('ready')
    const evaluated = await sampled(round.id, 'evaluate')
    expect(evaluated).toHaveLength(60)
    expect([...new Set(evaluated.map((each) => each.policyVersion))]).toEqual([deployment?.name])
  })

  test.each([
    ['a file that is cut in half', (whole: Buffer) => whole.subarray(0, whole.length / 2), /is not whole: write the/],
    [
      'a file whose second half was never written',
      (whole: Buffer) => Buffer.from(whole).fill(0, whole.length / 2),
      /other weights than the checkpoint's .*stays paused/,
    ],
  ])('%s between training and load fails the round, and nothing is sampled from it', async (_what, change, reason) => {
    const [, second] = servers
    second!.freeze()
    const id = await start(inPlace(), 0)
    const { id: roundId } = await untilStageSays(client, id, 0, 'deploy', /does not answer yet/)
    const [checkpoint] = await client.checkpoints(id)
    const file = join(checkpoint?.path ?? '', 'model.safetensors')
    writeFileSync(file, change(readFileSync(file)))
    second!.thaw()
    const thawedAt = Date.now()
    const iteration = await untilOver(client, id)
    expect(Date.now() - thawedAt).toBeLessThan(60_000)
    expect(iteration).toMatchObject({ state: 'failed', reason: expect.stringMatching(reason) })
    expect(iteration.rounds[0]).toMatchObject({ state: 'failed', reason: expect.stringMatching(reason) })
    expect((await client.deployments(id))[0]).toMatchObject({ state: 'failed', reason: expect.stringMatching(reason) })
    expect(await sampled(roundId, 'evaluate')).toEqual([])
  })
}

let seed = 5
function nextSeed(): number {
  seed += 1
  return seed
}

/** Looks until a round's stage gives a reason, as the API tells it. */
async function untilStageSays(client: ApiClient, iterationId: string, index: number, stage: string, reason: RegExp) {
  for (;;) {
    const iteration = await client.iteration(iterationId)
    const round = await client.round(iteration.rounds[index]!.id)
    if (reason.test(round.stages.find((each) => each.stage === stage)?.reason ?? '')) return round
    if (iteration.state !== 'running') throw new Error(`the iteration is ${iteration.state}: ${iteration.reason}`)
    await sleep(50)
  }
}
