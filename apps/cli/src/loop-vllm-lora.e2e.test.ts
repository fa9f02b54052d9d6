import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from '@jest/globals'
import { type SteadyClient, startSteadyClient } from '@ratchet/adapters/testing/steady-client.ts'
import { findVllmPython, startVllmServer, type VllmServer } from '@ratchet/adapters/testing/vllm-server.ts'
import type { IterationView } from '@ratchet/api/schemas/iteration.ts'
import { z } from 'zod'
import type { ApiClient } from './api-client.ts'
import { createLocalRatchet, type LocalRatchet } from './testing/local-ratchet.ts'
import { python } from './testing/reference-run.ts'
import { smallRecipe, untilOver } from './testing/small-loop.ts'

if (findVllmPython() === null)
  test.skip('the loop with adapters (skipped: no vLLM; run node tools/vllm.mjs install or set VLLM_PYTHON)', () => {})
else describe('the loop with adapters on one running vLLM', () => describeLoop())

const Models = z.object({ data: z.array(z.object({ id: z.string(), parent: z.string().nullish() })) })

function describeLoop(): void {
  let ratchet: LocalRatchet | undefined
  let server: VllmServer | undefined
  const clients: SteadyClient[] = []
  const directory = mkdtempSync(join(tmpdir(), 'ratchet-loop-lora-'))
  afterAll(async () => {
    for (const each of clients) await each.stop()
    await server?.stop()
    await ratchet?.remove()
    rmSync(directory, { recursive: true, force: true })
  })

  test('accepted adapters stay, a ruined one is rejected and unloaded, and no request to base or incumbent fails meanwhile', async () => {
    ratchet = await createLocalRatchet()
    const client = await ratchet.start()
    const base = await trainBase(client, ratchet.dataDirectory)
    server = await startVllmServer({
      directory,
      name: 'lora',
      modelPath: base.path,
      servedName: 'base',
      contextTokens: 256,
      args: ['--enable-lora', '--max-loras', '2', '--max-cpu-loras', '4', '--max-lora-rank', '16'],
      env: { VLLM_ALLOW_RUNTIME_LORA_UPDATING: 'True' },
    })
    const root = server.url.replace(/\/v1$/, '')
    const served = async () => {
      const answer = await fetch(`${root}/v1/models`)
      return Models.parse(await answer.json()).data
    }
    const ask = (model: string): SteadyClient => {
      const steady = startSteadyClient(`${root}/v1`, model, 1)
      clients.push(steady)
      return steady
    }
    const toBase = ask('base')

    const recipe = await adapterRecipe(client, ratchet.dataDirectory, base.path, root)
    const started = await client.startIteration(recipe)
    const untilRound = (index: number, states: readonly string[]) => untilIn(client, started.id, index, states)
    const nameOf = async ({ id }: { readonly id: string }) =>
      (await client.deployments(started.id)).find((each) => each.roundId === id)?.name ?? ''

    const [imitation] = (await untilRound(0, ['accepted'])).rounds
    const first = await nameOf(imitation!)
    expect(await served()).toEqual([expect.objectContaining({ id: 'base' }), { id: first, parent: 'base' }])
    const toFirst = ask(first)

    const [, ruined] = (await untilRound(1, ['rejected', 'accepted'])).rounds
    const second = await nameOf(ruined!)
    expect(ruined).toMatchObject({ state: 'rejected' })
    expect((await served()).map(({ id }) => id)).toEqual(['base', first])
    const refused = await fetch(`${root}/v1/completions`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ model: second, prompt: [5, 6], max_tokens: 1 }),
    })
    expect(refused.status).toBe(404)

    // Whoever asks an incumbent by its name leaves it before another takes its place.
    await untilRound(2, ['train'])
    const firstFailures = await toFirst.stop()
    const [, , improved] = (await untilRound(2, ['accepted', 'rejected'])).rounds
    expect(improved).toMatchObject({ state: 'accepted' })
    const third = await nameOf(improved!)
    const toThird = ask(third)
    const iteration = await untilOver(client, started.id)
    expect(iteration).toMatchObject({ state: 'succeeded', reason: null })
    expect((await served()).map(({ id }) => id)).toEqual(['base', third])
    while (toThird.answered <= 10) await new Promise((resolve) => setTimeout(resolve, 100))
    const failures = [...firstFailures, ...(await toThird.stop()), ...(await toBase.stop())]
    const answered = { base: toBase.answered, first: toFirst.answered, third: toThird.answered }
    console.info(`answered ${JSON.stringify(answered)}, failed ${failures.length}`)
    expect(failures).toEqual([])
    for (const count of Object.values(answered)) expect(count).toBeGreaterThan(10)

    const states = Object.fromEntries(
      (await client.deployments(iteration.id)).map((each) => [each.name, each.state] as const),
    )
    expect(states).toEqual({ [first]: 'released', [second]: 'released', [third]: 'ready' })
    const reports = await client.reports(iteration.id)
    const passAt1 = (roundId: string) => reports.find((each) => each.roundId === roundId)?.passAt1.value ?? 0
    const [r0, r1, r2] = iteration.rounds.map(({ id }) => passAt1(id))
    console.info(`pass@1 of the base ${base.passAt1}, of the adapters ${r0}, ${r1} and ${r2}`)
    expect(r0).toBeGreaterThan(base.passAt1)
    expect(r1).toBeLessThan(r0!)

    const versions = async (index: number, purpose: 'explore' | 'evaluate') => {
      const { items } = await client.trajectories({ roundId: iteration.rounds[index]!.id, purpose, limit: 1000 })
      expect(items.filter((each) => each.finish === 'error')).toEqual([])
      return [...new Set(items.map((each) => each.policyVersion))]
    }
    expect(await versions(0, 'evaluate')).toEqual([first])
    expect(await versions(1, 'explore')).toEqual([first])
    expect(await versions(1, 'evaluate')).toEqual([second])
    expect(await versions(2, 'explore')).toEqual([first])
    expect(await versions(2, 'evaluate')).toEqual([third])
  })
}

/** A model that solves some problems, so that adapters can make it better and worse. */
async function trainBase(client: ApiClient, directory: string) {
  const recipe = await smallRecipe(client, python, directory, { rounds: 0 })
  const short = { ...recipe, name: 'base', train: { ...recipe.train, sft: { ...recipe.train.sft, maxSteps: 100 } } }
  const iteration = await untilOver(client, (await client.startIteration(short)).id)
  const [checkpoint] = await client.checkpoints(iteration.id)
  const [report] = await client.reports(iteration.id)
  if (checkpoint === undefined || report === undefined) throw new Error(`no base was trained: ${iteration.reason}`)
  return { path: checkpoint.path, passAt1: report.passAt1.value }
}

/** Imitation, a round of DPO at a ruinous learning rate, and one of SFT from the incumbent, each of which trains an adapter. */
async function adapterRecipe(client: ApiClient, directory: string, baseModel: string, url: string) {
  const serving = { backend: 'vllm-lora' as const, url, maxInFlight: 32 }
  const recipe = await smallRecipe(client, python, directory, { serving })
  const lora = { rank: 16, alpha: 32 }
  const sft = { ...recipe.train.sft, lora }
  const { maxSteps: _maxSteps, ...common } = sft
  return {
    ...recipe,
    baseModel,
    train: { ...recipe.train, sft },
    evaluate: { ...recipe.evaluate, gate: { margin: 0.1 } },
    overrides: [
      {
        rounds: [1],
        curate: { preference: { pairsPerProblem: 1 } },
        train: { method: 'dpo', start: 'incumbent', dpo: { ...common, maxSteps: 20, learningRate: 0.1 } },
      },
      { rounds: [2], train: { start: 'incumbent' } },
    ],
  }
}

/** Looks until a round is in one of the states; throws when the iteration fails before. */
async function untilIn(
  client: ApiClient,
  iterationId: string,
  index: number,
  states: readonly string[],
): Promise<IterationView> {
  for (;;) {
    const iteration = await client.iteration(iterationId)
    if (states.includes(iteration.rounds[index]?.state ?? '')) return iteration
    if (iteration.state !== 'running' && iteration.state !== 'succeeded') throw new Error(`${iteration.reason}`)
    await new Promise((resolve) => setTimeout(resolve, 100))
  }
}
