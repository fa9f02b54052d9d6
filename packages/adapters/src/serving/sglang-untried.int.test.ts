import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeEach, describe, expect, test } from '@jest/globals'
import { describeServing } from '@ratchet/ports/testing/serving-contract.ts'
import { z } from 'zod'
import { createSystemClock } from '../clock/system-clock.ts'
import { type RecordedSglang, recordedLogprob, startRecordedSglang } from '../testing/recorded-sglang.ts'
import { ensureReady, settleDeployment } from '../testing/settle-deployment.ts'
import { createUntriedSglangServing } from './sglang-in-place.ts'

// No SGLang is asked here: a server answers as its documentation says.

const ModelInfo = z.object({ weight_version: z.string() })

const directory = mkdtempSync(join(tmpdir(), 'ratchet-sglang-'))
afterAll(() => rmSync(directory, { recursive: true, force: true }))

const text = 'seventeen'
const tokenIds = [...text].map((letter) => letter.codePointAt(0) ?? 0)

function checkpoint(name: string) {
  const path = join(directory, name)
  mkdirSync(path, { recursive: true })
  const empty = Buffer.alloc(10)
  empty.writeBigUInt64LE(2n)
  empty.write('{}', 8)
  writeFileSync(join(path, 'model.safetensors'), empty)
  const logprobs = tokenIds.map((id, index) => (index === 0 ? null : recordedLogprob(path, id)))
  return { path, canary: { text, tokenIds, logprobs } }
}

const checkpoints = [checkpoint('one'), checkpoint('other')] as const
const servers: RecordedSglang[] = []
afterAll(async () => {
  for (const server of servers) await server.close()
})

async function startServers(count: number) {
  const started = await Promise.all(Array.from({ length: count }, () => startRecordedSglang(checkpoints[0].path)))
  servers.push(...started)
  return started
}

function open(some: readonly RecordedSglang[]) {
  const urls = some.map(({ url }) => url)
  return createUntriedSglangServing({ urls, directory, maxInFlight: 4, clock: createSystemClock() })
}

describeServing(
  'servers that answer as the documentation of SGLang says',
  async () => {
    const some = await startServers(2)
    const served = async (url: string) => {
      const answer = await fetch(url.replace(/\/v1$/, '/get_model_info'))
      return [ModelInfo.parse(await answer.json()).weight_version.replace('ratchet serves ', '')]
    }
    return { open: () => open(some), checkpoints, model: 'served', served, close: async () => {} }
  },
  { startsServers: false, atOnce: 2 },
)

describe('one server that answers as the documentation of SGLang says', () => {
  let server: RecordedSglang
  beforeEach(async () => {
    const [started] = await startServers(1)
    if (started !== undefined) server = started
  })
  const [one, other] = checkpoints

  test('is paused, loaded, resumed and labelled, in this order', async () => {
    await ensureReady(open([server]), { name: 'p', ...other })
    expect(server.asked).toEqual([
      '/update_weight_version',
      '/pause_generation',
      '/update_weights_from_disk',
      '/continue_generation',
      '/update_weight_version',
    ])
  })

  test('stays paused with weights that do not reproduce the canary', async () => {
    const report = await settleDeployment(open([server]), { name: 'p', path: one.path, canary: other.canary })
    expect(report).toMatchObject({ state: 'failed', reason: expect.stringMatching(/other weights.*stays paused/) })
    expect(server.paused).toBe(true)
    expect(await settleDeployment(open([server]), { name: 'p', ...one })).toMatchObject({ state: 'ready' })
    expect(server.paused).toBe(false)
  })

  test('is paused when its weights were changed behind its label, and loaded anew', async () => {
    const serving = open([server])
    await ensureReady(serving, { name: 'p', ...other })
    server.overwrite(one.path)
    expect(await serving.ensure({ name: 'p', ...other })).toMatchObject({
      state: 'starting',
      reason: expect.stringMatching(/other weights.*stays paused/),
    })
    expect(server.paused).toBe(true)
    expect(await serving.ensure({ name: 'p', ...other })).toMatchObject({ state: 'ready' })
    expect(server.paused).toBe(false)
  })

  test('fails when files that changed since the proof do not reproduce the canary either', async () => {
    const serving = open([server])
    await ensureReady(serving, { name: 'p', ...other })
    const changed = { name: 'p', path: one.path, canary: other.canary }
    server.overwrite(one.path)
    expect(await serving.ensure(changed)).toMatchObject({ state: 'starting' })
    expect(await serving.ensure(changed)).toMatchObject({ state: 'failed' })
  })

  test('is loaded anew when it was restarted', async () => {
    await ensureReady(open([server]), { name: 'p', ...other })
    server.restart()
    expect(await settleDeployment(open([server]), { name: 'p', ...other })).toMatchObject({ state: 'ready' })
  })

  test('is waited for when it does not answer, though another one is free: it may serve the deployment', async () => {
    const [free] = await startServers(1)
    if (free === undefined) return
    const serving = open([server, free])
    await ensureReady(serving, { name: 'p', ...other })
    await server.close()
    expect(await serving.ensure({ name: 'p', ...other })).toMatchObject({
      state: 'starting',
      reason: expect.stringMatching(/does not answer yet/),
    })
    expect(free.asked).toEqual([])
  })

  test('one worker at a time replaces its weights, and the others find them', async () => {
    const reports = await Promise.all([1, 2, 3].map(() => settleDeployment(open([server]), { name: 'p', ...other })))
    expect(reports.map(({ state }) => state)).toEqual(['ready', 'ready', 'ready'])
    expect(server.asked.filter((path) => path === '/update_weights_from_disk')).toHaveLength(1)
  })
})
