import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals'
import type { Serving } from '@ratchet/ports/serving.ts'
import { describeServing, type ServedCheckpoint } from '@ratchet/ports/testing/serving-contract.ts'
import { z } from 'zod'
import { createSystemClock } from '../clock/system-clock.ts'
import { findRealPython, noPython } from '../testing/real-python.ts'
import { ensureReady, settleDeployment } from '../testing/settle-deployment.ts'
import { startSteadyClient } from '../testing/steady-client.ts'
import {
  findVllmPython,
  makeTinyCheckpoints,
  noVllm,
  startReplaceableServers,
  type VllmServer,
} from '../testing/vllm-server.ts'
import { echoScorer, proveCanary } from './prove-canary.ts'
import { prefixOf, provePrefixCache } from './prove-prefix-cache.ts'
import { createServerClient, type ServerClient } from './server-client.ts'
import { createVllmInPlaceServing } from './vllm-in-place.ts'
import { createVllmLoraServing } from './vllm-lora.ts'

const missing = findVllmPython() === null ? noVllm : findRealPython() === null ? noPython : null
const suite = missing === null ? describe : describe.skip

const WeightInfo = z.object({ weight_version: z.string() })

suite(`replaced weights on a real vLLM${missing === null ? '' : ` (${missing})`}`, () => {
  const contextTokens = 512
  let directory = ''
  let made: (name: string) => ServedCheckpoint
  let first: VllmServer
  let second: VllmServer
  let client: ServerClient
  beforeAll(async () => {
    directory = mkdtempSync(join(tmpdir(), 'ratchet-vllm-in-place-'))
    made = makeTinyCheckpoints(directory)
    const { path: modelPath } = made('full-1')
    const settings = { directory, modelPath, contextTokens }
    ;[first, second] = await startReplaceableServers(settings, { VLLM_ALLOW_RUNTIME_LORA_UPDATING: 'True' })
    client = createServerClient(first.url)
  }, 500_000)
  afterAll(async () => {
    await client?.close()
    await first?.stop()
    await second?.stop()
    rmSync(directory, { recursive: true, force: true })
  }, 60_000)

  const open = (urls = [first.url, second.url]): Serving =>
    createVllmInPlaceServing({ urls, directory, maxInFlight: 8, clock: createSystemClock() })
  const labelAt = async (url: string) => {
    const answer = await fetch(`${url.replace(/\/v1$/, '')}/weight_info`)
    return WeightInfo.parse(await answer.json()).weight_version
  }

  describeServing(
    'two running vLLMs whose weights are replaced',
    async () => ({
      open,
      checkpoints: [made('full-1'), made('full-2')],
      model: 'policy',
      served: async (url) => [(await labelAt(url)).replace('ratchet serves ', '')],
      close: async () => {},
    }),
    { startsServers: false, atOnce: 2 },
  )

  describe('one server', () => {
    const reload = (path: string) =>
      client.ask('POST', '/collective_rpc', { method: 'reload_weights', kwargs: { weights_path: path } }, 60_000)
    const label = (version: string) => client.ask('POST', '/update_weight_version', { new_version: version })
    let serving: Serving
    beforeEach(async () => {
      serving = open([first.url])
      await serving.release('p1')
      await serving.release('p2')
    })
    const p1 = () => ({ name: 'p1', ...made('full-1') })
    const p2 = () => ({ name: 'p2', ...made('full-2') })
    /** A copy of the second checkpoint whose file of weights is changed. */
    const changed = (name: string, change: (weights: Buffer) => Buffer) => {
      const path = join(directory, name)
      cpSync(made('full-2').path, path, { recursive: true })
      writeFileSync(join(path, 'model.safetensors'), change(readFileSync(join(path, 'model.safetensors'))))
      return { ...p2(), path }
    }

    test('what another server serves is not touched while weights are replaced here', async () => {
      const beside = open([second.url])
      await ensureReady(beside, { name: 'incumbent', ...made('full-1') })
      const steady = startSteadyClient(`${second.url}/v1`, 'policy')
      for (let turn = 0; turn < 4; turn += 1) {
        await ensureReady(serving, p1())
        await serving.release('p1')
        await ensureReady(serving, p2())
        await serving.release('p2')
      }
      await ensureReady(beside, { name: 'incumbent', ...made('full-1') })
      expect(await steady.stop()).toEqual([])
      expect(steady.answered).toBeGreaterThan(20)
    })

    test('requests that came before a replacement are all answered', async () => {
      await ensureReady(serving, p1())
      const steady = startSteadyClient(`${first.url}/v1`, 'policy', 2)
      await serving.release('p1')
      await ensureReady(serving, p2())
      expect(await steady.stop()).toEqual([])
    })

    test('weights that were changed without emptying the cache score right, are refused and loaded anew', async () => {
      await ensureReady(serving, p1())
      await reload(made('full-2').path)
      const { canary } = p2()
      expect(await proveCanary(echoScorer(client, 'policy'), 'policy', canary)).toEqual({ kind: 'proven' })
      const prefix = prefixOf(canary.tokenIds, contextTokens)
      expect(await provePrefixCache(client, 'policy', prefix)).toMatchObject({ kind: 'refuted' })
      await label('ratchet serves p2')
      expect(await serving.ensure(p2())).toMatchObject({
        state: 'starting',
        reason: expect.stringMatching(/prefix cache that other weights/),
      })
      expect(await settleDeployment(serving, p2())).toMatchObject({ state: 'ready' })
    })

    test('a file that is not whole is refused before the server is touched', async () => {
      await ensureReady(serving, p1())
      await serving.release('p1')
      const half = changed('half', (weights) => weights.subarray(0, weights.length / 2))
      expect(await settleDeployment(serving, half)).toMatchObject({
        state: 'failed',
        reason: expect.stringMatching(/half\/model.safetensors is not whole/),
      })
      expect(await proveCanary(echoScorer(client, 'policy'), 'policy', p1().canary)).toEqual({ kind: 'proven' })
    })

    test('a file whose end was never written is refused, and the server stays paused until whole weights are loaded', async () => {
      const zeros = changed('zeros', (weights) => weights.fill(0, weights.length / 2))
      expect(await settleDeployment(serving, zeros)).toMatchObject({
        state: 'failed',
        reason: expect.stringMatching(/other weights than the checkpoint's.*stays paused/),
      })
      expect((await client.ask('GET', '/is_paused'))?.body).toEqual({ is_paused: true })
      expect(await settleDeployment(serving, p2())).toMatchObject({ state: 'ready' })
      expect((await client.ask('GET', '/is_paused'))?.body).toEqual({ is_paused: false })
    })

    test('a load that failed leaves a server that a good load mends', async () => {
      await client.ask('POST', '/pause?mode=wait')
      expect((await reload('/nowhere/at-all'))?.status).toBe(500)
      expect(await settleDeployment(serving, p1())).toMatchObject({ state: 'ready' })
    })

    test('a load that was cut short between pause and resume is done anew', async () => {
      await label('ratchet loads p1')
      await client.ask('POST', '/pause?mode=wait')
      expect(await settleDeployment(serving, p1())).toMatchObject({ state: 'ready' })
      expect(await labelAt(first.url)).toBe('ratchet serves p1')
    })

    test('a checkpoint of another shape is refused before the server is touched', async () => {
      const config = makeOtherShape(join(directory, 'other-shape'), made('full-2').path)
      expect(await settleDeployment(serving, { ...p2(), path: config })).toMatchObject({
        state: 'failed',
        reason: expect.stringMatching(/is of another shape than .*full-1.*is missing, not \d+.*start a server/),
      })
    })

    test('old weights behind the label of new ones are refused, and the new ones loaded anew', async () => {
      await ensureReady(serving, p2())
      await reload(made('full-1').path)
      await client.ask('POST', '/reset_prefix_cache')
      expect(await serving.ensure(p2())).toMatchObject({
        state: 'starting',
        reason: expect.stringMatching(/other weights than the checkpoint's are served as policy.*stays paused/),
      })
      expect((await client.ask('GET', '/is_paused'))?.body).toEqual({ is_paused: true })
      expect(await serving.ensure(p2())).toMatchObject({ state: 'ready' })
      expect(await proveCanary(echoScorer(client, 'policy'), 'policy', p2().canary)).toEqual({ kind: 'proven' })
    })

    test('a server that was restarted on its old weights gets the new ones again', async () => {
      await ensureReady(serving, p2())
      await first.restart()
      expect(await proveCanary(echoScorer(client, 'policy'), 'policy', p1().canary)).toEqual({ kind: 'proven' })
      expect(await settleDeployment(serving, p2())).toMatchObject({ state: 'ready' })
      expect(await proveCanary(echoScorer(client, 'policy'), 'policy', p2().canary)).toEqual({ kind: 'proven' })
    }, 400_000)

    test('adapters are refused by a server that was not started for them, with what to set', async () => {
      const reasons = []
      for (const { url } of [first, second]) {
        const lora = createVllmLoraServing({ url, maxInFlight: 1 })
        const report = await settleDeployment(lora, { name: 'adapter', ...made('adapter-1') })
        reasons.push(report.state === 'failed' ? report.reason : report.state)
        await lora.close()
      }
      expect(reasons).toEqual([
        expect.stringMatching(/start it with --enable-lora/),
        expect.stringMatching(/start it with VLLM_ALLOW_RUNTIME_LORA_UPDATING=True/),
      ])
      expect(await settleDeployment(serving, { ...p1(), path: made('adapter-1').path })).toMatchObject({
        state: 'failed',
        reason: expect.stringMatching(/is an adapter.*vllm-lora/),
      })
    })
  })
})

/** A copy of a checkpoint that lacks one tensor, as one of fewer layers does. */
function makeOtherShape(path: string, from: string): string {
  cpSync(from, path, { recursive: true })
  const file = join(path, 'model.safetensors')
  const whole = readFileSync(file)
  const headerBytes = Number(whole.readBigUInt64LE())
  const header = z.record(z.string(), z.unknown()).parse(JSON.parse(whole.subarray(8, 8 + headerBytes).toString()))
  const last = Object.keys(header).findLast((name) => name.includes('layers.1.mlp')) ?? ''
  const text = JSON.stringify(header).replace(JSON.stringify(last), JSON.stringify(`${last}.other`))
  const size = Buffer.alloc(8)
  size.writeBigUInt64LE(BigInt(Buffer.byteLength(text)))
  writeFileSync(file, Buffer.concat([size, Buffer.from(text), whole.subarray(8 + headerBytes)]))
  return path
}
