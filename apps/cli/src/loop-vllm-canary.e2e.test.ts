import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { createInferenceDirectory } from '@ratchet/adapters/inference/openai-compatible.ts'
import { prefixOf, samplePrefix } from '@ratchet/adapters/serving/prove-prefix-cache.ts'
import { createServerClient, type ServerClient } from '@ratchet/adapters/serving/server-client.ts'
import {
  findVllmPython,
  makeTinyCheckpoints,
  startReplaceableServers,
  type VllmServer,
} from '@ratchet/adapters/testing/vllm-server.ts'
import type { TrajectorySummary } from '@ratchet/api/schemas/trajectory.ts'
import type { ServingChoice } from '@ratchet/domain/recipe/recipe.ts'
import type { ServedCheckpoint } from '@ratchet/ports/testing/serving-contract.ts'
import { z } from 'zod'
import type { ApiClient } from './api-client.ts'
import { createLocalRatchet, type LocalRatchet } from './testing/local-ratchet.ts'
import { python } from './testing/reference-run.ts'
import { smallProblems, smallRecipe, untilOver } from './testing/small-loop.ts'

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
    servers.push(...(await startReplaceableServers({ directory, modelPath: made('full-1').path, contextTokens: 256 })))
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
  /** The policy of an iteration before stays served; here nobody needs it any more. */
  const free = async (administration: ServerClient) => {
    await administration.ask('POST', '/update_weight_version', { new_version: 'ratchet free' })
    await administration.ask('POST', '/resume')
  }
  const sampled = async (roundId: string, purpose: 'explore' | 'evaluate') =>
    (await client.trajectories({ roundId, purpose, limit: 1000 })).items

  test('static: another checkpoint under the right name is waited on, and evaluated once the right one is there', async () => {
    const [server] = servers
    const endpoints = [{ url: `${server!.url}/v1`, maxInFlight: 32 }]
    const id = await start({ backend: 'static', model: 'policy', endpoints }, 0)
    const round = await untilStageSays(client, id, [[0, 'deploy']], /other weights than .* are served as policy/)
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
    const { id: roundId } = await untilStageSays(client, id, [[0, 'deploy']], /does not answer yet/)
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

  const changedBehindUs = [
    {
      what: 'weights that a third party changed without emptying the cache',
      change: (index: number) => load(administrations[index], made('full-2').path),
      told: /other weights than the checkpoint's are served as policy.*stays paused/,
    },
    {
      what: 'a stale cache behind the right weights',
      change: async (index: number, trained: string) => {
        await load(administrations[index], made('full-2').path)
        await emptyCache(administrations[index])
        await samplePrefix(administrations[index]!, 'policy', prefixOf(canaryOf(trained), 256))
        await load(administrations[index], trained)
      },
      told: /prefix cache that other weights.*stays paused/,
    },
    {
      what: 'a server that was restarted on its old weights',
      change: async (index: number) => servers[index]?.restart(),
      told: null,
    },
  ]
  for (const { what, change, told } of changedBehindUs)
    test(`${what}, between evaluation and the next round: mended before anything is sampled`, async () => {
      for (const each of administrations) await free(each)
      const id = await start(inPlace(), 1)
      await untilStage(client, id, 0, 'evaluate')
      await client.steer(id, 'pause')
      await untilStill(async () => (await client.iteration(id)).rounds.map(({ state }) => state).join())
      const [deployment] = await client.deployments(id)
      const [checkpoint] = await client.checkpoints(id)
      const index = servers.findIndex(({ url }) => deployment?.endpoints[0] === `${url}/v1`)
      await change(index, checkpoint?.path ?? '')
      const resumedAt = Date.now()
      await client.steer(id, 'resume')
      if (told !== null) {
        // The evaluation may have been over when the iteration was paused.
        const places = [
          [0, 'evaluate'],
          [1, 'explore'],
        ] as const
        await untilStageSays(client, id, places, told)
        expect(Date.now() - resumedAt).toBeLessThan(60_000)
      }
      const iteration = await untilOver(client, id)
      expect(iteration).toMatchObject({ state: 'succeeded', reason: null })
      const explored = await sampled(iteration.rounds[1]?.id ?? '', 'explore')
      expect([...new Set(explored.map((each) => each.policyVersion))]).toEqual([deployment?.name])
      // The server that the next policy did not get keeps its weights, so it can tell what it would have said.
      const newest = (await client.deployments(id)).find((each) => each.state === 'ready')
      const explorer = servers.findIndex(({ url }) => newest?.endpoints[0] !== `${url}/v1`)
      const own = await gapPerToken(explored, servers[explorer]?.url ?? '')
      await load(administrations[explorer], made('full-2').path)
      const others = await gapPerToken(explored, servers[explorer]?.url ?? '')
      console.info(`${what}: sampled ${own.toFixed(3)} nats a token from the policy, ${others.toFixed(3)} from others`)
      expect(own).toBeLessThan(others / 4)
    })

  /**
   * How far the logprobs of stored attempts are from what a server's weights give them, in the middle of sixty of them. That of the
   * token that ends an attempt is stored and not scored, so short attempts seem further than they are.
   */
  async function gapPerToken(stored: readonly TrajectorySummary[], url: string): Promise<number> {
    const inference = createInferenceDirectory({ env: {} })
    const served = inference.open({
      model: 'policy',
      endpoints: [{ url: `${url.replace(/\/v1$/, '')}/v1`, maxInFlight: 8 }],
    })
    const ended = stored.filter((each) => each.finish === 'stop' && each.logprobSum !== null)
    const every = Math.max(1, Math.floor(ended.length / 60))
    const prompts = new Map(smallProblems.pool.map(({ problem }) => [problem.id, problem.prompt]))
    const gaps: number[] = []
    for (const { id, problemId, logprobSum, completionTokens } of ended.filter((_, place) => place % every === 0)) {
      const { text } = await client.trajectory(id)
      const messages = [{ role: 'user' as const, content: prompts.get(problemId) ?? '' }]
      const { logprobs } = await served.score({ messages, completion: text, requestId: id })
      const sum = logprobs.reduce((total, each) => total + each, 0)
      gaps.push(Math.abs(sum - (logprobSum ?? 0)) / completionTokens)
    }
    await served.close()
    await inference.close()
    expect(gaps.length).toBeGreaterThan(20)
    return gaps.sort((a, b) => a - b)[Math.floor(gaps.length / 2)] ?? Number.NaN
  }
}

const Manifest = z.looseObject({ canary: z.looseObject({ tokenIds: z.array(z.number()) }) })

function canaryOf(checkpoint: string): readonly number[] {
  return Manifest.parse(JSON.parse(readFileSync(join(checkpoint, 'manifest.json'), 'utf8'))).canary.tokenIds
}

let seed = 5
function nextSeed(): number {
  seed += 1
  return seed
}

async function untilStage(client: ApiClient, iterationId: string, index: number, state: string): Promise<void> {
  for (;;) {
    const iteration = await client.iteration(iterationId)
    if (iteration.rounds[index]?.state === state) return
    if (iteration.state !== 'running') throw new Error(`the iteration is ${iteration.state}: ${iteration.reason}`)
    await sleep(50)
  }
}

/** Looks until one of the stages, each of the round of an index, gives a reason, as the API tells it. */
async function untilStageSays(
  client: ApiClient,
  iterationId: string,
  places: readonly (readonly [index: number, stage: string])[],
  reason: RegExp,
) {
  for (;;) {
    const iteration = await client.iteration(iterationId)
    for (const [index, stage] of places) {
      const round = await client.round(iteration.rounds[index]!.id)
      if (reason.test(round.stages.find((each) => each.stage === stage)?.reason ?? '')) return round
    }
    if (iteration.state !== 'running') throw new Error(`the iteration is ${iteration.state}: ${iteration.reason}`)
    await sleep(50)
  }
}

/** Looks until what is seen stays the same for three seconds. */
async function untilStill<T>(look: () => Promise<T>): Promise<void> {
  for (let last = await look(); ; ) {
    await sleep(3000)
    const now = await look()
    if (now === last) return
    last = now
  }
}
