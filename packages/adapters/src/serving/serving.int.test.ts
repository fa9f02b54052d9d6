import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterEach, describe, expect, test } from '@jest/globals'
import type { Serving } from '@ratchet/ports/serving.ts'
import { describeServing, type ServingHarness } from '@ratchet/ports/testing/serving-contract.ts'
import { createSystemClock } from '../clock/system-clock.ts'
import { deterministicLogprob, startDeterministicEndpoint } from '../testing/deterministic-endpoint.ts'
import { createCommandServing } from './command.ts'
import { createEmbeddedPolicyServer, stopEmbeddedPolicyServer } from './embedded-policy-server.ts'
import { createPolicyServerServing } from './policy-server.ts'

const clock = createSystemClock()
const script = join(dirname(fileURLToPath(import.meta.url)), '../testing/deterministic-server.ts')
const server = [process.execPath, '--import', import.meta.resolve?.('tsx') ?? 'tsx', script]
const env = { PATH: process.env['PATH'] }

function directoryWithCheckpoints() {
  const directory = mkdtempSync(join(tmpdir(), 'ratchet-serving-'))
  const checkpoint = (label: string) => {
    const path = join(directory, label)
    mkdirSync(path)
    const tokenIds = [...label].map((character) => character.codePointAt(0) ?? 0)
    const logprobs = tokenIds.map((id, index) => (index === 0 ? null : deterministicLogprob(id)))
    return { path, canary: { text: label, tokenIds, logprobs } }
  }
  return { directory, checkpoints: [checkpoint('one'), checkpoint('two')] as const }
}

function harnessOf(
  made: ReturnType<typeof directoryWithCheckpoints>,
  open: () => Serving,
  close: () => Promise<void>,
): ServingHarness {
  return {
    open,
    checkpoints: made.checkpoints,
    crash: async () => {
      for (const name of readdirSync(made.directory).filter((each) => each.endsWith('.json'))) {
        const { process: leader } = JSON.parse(readFileSync(join(made.directory, name), 'utf8'))
        if (leader !== null) process.kill(-leader.pid, 'SIGKILL')
      }
    },
    close: async () => {
      await close()
      rmSync(made.directory, { recursive: true, force: true })
    },
  }
}

describeServing(
  'a running policy server',
  async () => {
    const made = directoryWithCheckpoints()
    const endpoint = await startDeterministicEndpoint({ answer: () => '' })
    const open = () => createPolicyServerServing({ url: endpoint.url, maxInFlight: 4 })
    return harnessOf(made, open, () => endpoint.close())
  },
  { startsServers: false },
)

describeServing(
  'the embedded policy server',
  async () => {
    const made = directoryWithCheckpoints()
    const { directory } = made
    const open = () => createEmbeddedPolicyServer({ directory, server, maxInFlight: 4, env, clock })
    return harnessOf(made, open, () => stopEmbeddedPolicyServer(directory, clock))
  },
  { startsServers: true },
)

const command = [...server, '--port', '{port}', '--name', '{name}', '--path', '{path}']

describeServing(
  'one server process a checkpoint',
  async () => {
    const made = directoryWithCheckpoints()
    const { directory } = made
    const settings = { directory, command, env: {}, inherited: env, startTimeoutSeconds: 30, maxInFlight: 4, clock }
    return harnessOf(
      made,
      () => createCommandServing(settings),
      async () => {},
    )
  },
  { startsServers: true },
)

describe('starting servers', () => {
  let directory = ''
  const closing: (() => Promise<void>)[] = []
  afterEach(async () => {
    for (const close of closing.splice(0)) await close()
    rmSync(directory, { recursive: true, force: true })
  })
  const wanted = { name: 'p', path: '/', canary: null }

  test('a port that another program uses is named', async () => {
    directory = mkdtempSync(join(tmpdir(), 'ratchet-serving-'))
    const other = createServer()
    const port = await new Promise<number>((resolve) => {
      other.listen(0, '127.0.0.1', () => {
        const address = other.address()
        resolve(typeof address === 'object' ? (address?.port ?? 0) : 0)
      })
    })
    closing.push(() => new Promise((resolve) => void other.close(() => resolve())))
    const serving = createEmbeddedPolicyServer({ directory, server, maxInFlight: 4, env, clock, port })
    await expect(serving.ensure(wanted)).rejects.toThrow(`port ${port} for policy-server is used by another program`)
  })

  test('a server that never becomes healthy is stopped and has failed, with the end of its log', async () => {
    directory = mkdtempSync(join(tmpdir(), 'ratchet-serving-'))
    const stuck = [process.execPath, '-e', 'console.log("loading for ever"); setInterval(() => {}, 1000)']
    const settings = {
      directory,
      command: stuck,
      env: {},
      inherited: env,
      startTimeoutSeconds: 0.3,
      maxInFlight: 4,
      clock,
    }
    const serving = createCommandServing(settings)
    for (;;) {
      const report = await serving.ensure(wanted)
      if (report.state === 'starting') continue
      expect(report).toMatchObject({ state: 'failed', reason: expect.stringMatching(/within 0.3 s; loading for ever/) })
      break
    }
  })

  test('requests that run are waited for before the server is stopped', async () => {
    directory = mkdtempSync(join(tmpdir(), 'ratchet-serving-'))
    const slow = `
      let running = 1
      require('node:http').createServer((request, response) => {
        if (request.url === '/metrics') return response.end('vllm:num_requests_running{engine="0",model_name="p"} ' + running + '.0\\n')
        if (request.url === '/slow') return setTimeout(() => { running = 0; response.end('done') }, 600)
        response.end(JSON.stringify({ data: [{ id: 'p', root: null }] }))
      }).listen(Number(process.argv[1]), '127.0.0.1')`
    const settings = {
      directory,
      command: [process.execPath, '-e', slow, '{port}'],
      env: {},
      inherited: env,
      startTimeoutSeconds: 30,
      maxInFlight: 4,
      clock,
    }
    const serving = createCommandServing(settings)
    let url = ''
    while (url === '') {
      const report = await serving.ensure(wanted)
      if (report.state === 'ready') url = report.served.endpoints[0]?.url ?? ''
    }
    const answer = fetch(url.replace('/v1', '/slow')).then((response) => response.text())
    await serving.release('p')
    expect(await answer).toBe('done')
    await expect(fetch(url)).rejects.toThrow()
  })
})
