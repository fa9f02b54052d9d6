import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { describeServing, type ServedCheckpoint } from '@ratchet/ports/testing/serving-contract.ts'
import { findRealPython, noPython } from '../testing/real-python.ts'
import { ensureReady, settleDeployment } from '../testing/settle-deployment.ts'
import { startSteadyClient } from '../testing/steady-client.ts'
import {
  findVllmPython,
  makeTinyCheckpoints,
  noVllm,
  startVllmServer,
  type VllmServer,
} from '../testing/vllm-server.ts'
import { echoScorer, proveCanary } from './prove-canary.ts'
import { prefixOf, provePrefixCache, samplePrefix } from './prove-prefix-cache.ts'
import { createServerClient, type ServerClient } from './server-client.ts'
import { createVllmLoraServing } from './vllm-lora.ts'

const missing = findVllmPython() === null ? noVllm : findRealPython() === null ? noPython : null
const suite = missing === null ? describe : describe.skip

suite(`adapters on a real vLLM${missing === null ? '' : ` (${missing})`}`, () => {
  const contextTokens = 512
  let directory = ''
  let made: (name: string) => ServedCheckpoint
  let server: VllmServer
  let client: ServerClient
  beforeAll(async () => {
    directory = mkdtempSync(join(tmpdir(), 'ratchet-vllm-lora-'))
    made = makeTinyCheckpoints(directory)
    server = await startVllmServer({
      directory,
      name: 'lora',
      modelPath: made('full-1').path,
      servedName: 'base',
      contextTokens,
      args: ['--enable-lora', '--max-loras', '4', '--max-cpu-loras', '8', '--max-lora-rank', '16'],
      env: { VLLM_ALLOW_RUNTIME_LORA_UPDATING: 'True', VLLM_SERVER_DEV_MODE: '1' },
    })
    client = createServerClient(server.url)
  }, 500_000)
  afterAll(async () => {
    await client?.close()
    await server?.stop()
    rmSync(directory, { recursive: true, force: true })
  }, 60_000)

  const open = () => createVllmLoraServing({ url: server.url, maxInFlight: 8 })
  const refused = async (name: string, path: string) => {
    const serving = open()
    const report = await settleDeployment(serving, { name, path, canary: made('adapter-1').canary })
    await serving.close()
    return report.state === 'failed' ? report.reason : 'it is served'
  }
  /** A copy of the first adapter, changed. */
  const changed = (name: string, change: (path: string) => void) => {
    const path = join(directory, name)
    cpSync(made('adapter-1').path, path, { recursive: true })
    change(path)
    return path
  }

  describeServing(
    'adapters on a running vLLM',
    async () => ({ open, checkpoints: [made('adapter-1'), made('adapter-2')], close: async () => {} }),
    { startsServers: false },
  )

  test('the base model is served as it is under its own name, and answers every request while adapters come and go', async () => {
    const serving = open()
    const served = await ensureReady(serving, { name: 'r0', ...made('full-1') })
    expect(served.model).toBe('base')
    const steady = startSteadyClient(`${server.url}/v1`, 'base')
    for (let turn = 0; turn < 5; turn += 1) {
      await ensureReady(serving, { name: `turn-${turn}-a`, ...made('adapter-1') })
      await ensureReady(serving, { name: `turn-${turn}-b`, ...made('adapter-2') })
      await serving.release(`turn-${turn}-a`)
      await serving.release(`turn-${turn}-b`)
    }
    await ensureReady(serving, { name: 'r0', ...made('full-1') })
    expect(await steady.stop()).toEqual([])
    expect(steady.answered).toBeGreaterThan(20)
    await serving.close()
  })

  test('an adapter is unloaded only when its requests are done, and its directory may go then', async () => {
    const serving = open()
    const path = changed('short-lived', () => {})
    await ensureReady(serving, { name: 'short-lived', path, canary: made('adapter-1').canary })
    const steady = startSteadyClient(`${server.url}/v1`, 'base', 2)
    const body = { model: 'short-lived', prompt: [5, 6, 7], max_tokens: 300, ignore_eos: true }
    const answer = client.ask('POST', '/v1/completions', body, 60_000)
    await new Promise((resolve) => setTimeout(resolve, 200))
    await serving.release('short-lived')
    rmSync(path, { recursive: true })
    expect((await answer)?.text).toContain('"finish_reason":"length"')
    expect((await client.ask('POST', '/v1/completions', { ...body, max_tokens: 1 }))?.status).toBe(404)
    expect(await steady.stop()).toEqual([])
    await serving.close()
  })

  test('names that would shadow the base or are taken are refused', async () => {
    expect(await refused('base', made('adapter-1').path)).toMatch(/base is the name of the base model/)
    const serving = open()
    await ensureReady(serving, { name: 'mine', ...made('adapter-1') })
    expect(await refused('mine', made('adapter-2').path)).toMatch(
      /the name mine is taken at .*adapter-1, not .*adapter-2/,
    )
    expect(await settleDeployment(serving, { name: 'mine', ...made('adapter-1') })).toMatchObject({ state: 'ready' })
    await serving.release('mine')
    await serving.close()
  })

  test('what cannot be an adapter here is refused with what to do', async () => {
    expect(await refused('full', made('full-2').path)).toMatch(/full-2 is a full checkpoint.*vllm-in-place or command/)
    const config = JSON.parse(readFileSync(join(made('adapter-1').path, 'adapter_config.json'), 'utf8'))
    const rank = changed('rank', (path) =>
      writeFileSync(join(path, 'adapter_config.json'), JSON.stringify({ ...config, r: 64 })),
    )
    expect(await refused('rank', rank)).toMatch(/--max-lora-rank 64/)
    const half = changed('half', (path) => {
      const file = join(path, 'adapter_model.safetensors')
      const whole = readFileSync(file)
      writeFileSync(file, whole.subarray(0, whole.length / 2))
    })
    expect(await refused('half', half)).toMatch(/its files are not whole/)
    // The server takes it; only the canary tells.
    const scaled = changed('scaled', (path) =>
      writeFileSync(join(path, 'adapter_config.json'), JSON.stringify({ ...config, lora_alpha: 1 })),
    )
    expect(await refused('scaled', scaled)).toMatch(/other weights than the checkpoint's are served as scaled/)
  })

  test('another checkpoint under the right name is refused', async () => {
    expect(await refused('other', made('adapter-2').path)).toMatch(
      /other weights than the checkpoint's are served as other/,
    )
  })

  test('files that changed under a name score right and are sampled from a stale cache, until the cache is emptied', async () => {
    const path = changed('reused', () => {})
    const deployment = { lora_name: 'reused', lora_path: path }
    const { canary } = made('adapter-2')
    const prefix = prefixOf(canary.tokenIds, contextTokens)
    await client.ask('POST', '/v1/load_lora_adapter', deployment)
    await samplePrefix(client, 'reused', prefix)
    await client.ask('POST', '/v1/unload_lora_adapter', deployment)
    cpSync(made('adapter-2').path, path, { recursive: true })
    await client.ask('POST', '/v1/load_lora_adapter', deployment)
    expect(await proveCanary(echoScorer(client, 'reused'), 'reused', canary)).toEqual({ kind: 'proven' })
    expect(await provePrefixCache(client, 'reused', prefix)).toMatchObject({
      kind: 'refuted',
      reason: expect.stringMatching(/prefix cache that other weights have filled/),
    })
    const serving = open()
    expect(await settleDeployment(serving, { name: 'reused', path, canary })).toMatchObject({ state: 'ready' })
    await serving.release('reused')
    await serving.close()
  })

  test('an adapter that the server has no more is loaded again', async () => {
    const serving = open()
    await ensureReady(serving, { name: 'lost', ...made('adapter-1') })
    await client.ask('POST', '/v1/unload_lora_adapter', { lora_name: 'lost' })
    expect(await settleDeployment(serving, { name: 'lost', ...made('adapter-1') })).toMatchObject({ state: 'ready' })
    await serving.release('lost')
    await serving.close()
  })
})
