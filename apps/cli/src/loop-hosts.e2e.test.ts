import { randomUUID } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, describe, expect, test } from '@jest/globals'
import { createSystemClock } from '@ratchet/adapters/clock/system-clock.ts'
import { createTestDatabase } from '@ratchet/adapters/postgres/testing/test-database.ts'
import { ensureServerProcess, stopServers } from '@ratchet/adapters/serving/server-process.ts'
import { policyServerScript } from '@ratchet/adapters/testing/real-python.ts'
import { createApiClient } from './api-client.ts'
import { createNetwork, whyNoNetwork } from './testing/network-hosts.ts'
import { type Program, startProgram } from './testing/program.ts'
import { python, referenceRun } from './testing/reference-run.ts'
import { outcomeOf, smallRecipe, untilOver } from './testing/small-loop.ts'

const { REDIS_URL_TEST, S3_ENDPOINT_TEST, S3_REGION_TEST, S3_ACCESS_KEY_ID_TEST, S3_SECRET_ACCESS_KEY_TEST } =
  process.env
const why = REDIS_URL_TEST === undefined || S3_ENDPOINT_TEST === undefined ? 'Redis or S3 is missing' : whyNoNetwork()
const cutSeconds = 60

if (why !== null) test.skip(`the loop over several hosts (skipped: not here: ${why})`, () => {})
else describe('the loop over a network: an API and two workers, each with an address of its own', () => describeHosts())

function describeHosts(): void {
  const closing: (() => Promise<unknown>)[] = []
  afterAll(async () => {
    for (let close = closing.pop(); close !== undefined; close = closing.pop()) await close()
  })

  test('a worker whose network is cut for a minute costs nothing: the same datasets and decisions', async () => {
    const reference = await referenceRun()
    const network = createNetwork(3)
    closing.push(() => network.close())
    const directory = await mkdtemp(join(tmpdir(), 'ratchet-hosts-'))
    closing.push(() => rm(directory, { recursive: true, force: true }))
    closing.push(() => stopServers(join(directory, 'servers'), createSystemClock()))
    const database = await createTestDatabase()
    closing.push(() => database.drop())

    const onNetwork = async (given: string): Promise<string> => {
      const url = new URL(given)
      url.port = String(await network.publish(Number(url.port)))
      url.hostname = network.address
      return url.href.replace(/\/$/, '')
    }
    const redis = new URL(REDIS_URL_TEST ?? '')
    redis.pathname = '/6'
    const env = {
      ...process.env,
      RATCHET_PYTHON: python,
      DATABASE_URL: await onNetwork(database.url),
      REDIS_URL: await onNetwork(redis.href),
      S3_BUCKET: process.env['S3_BUCKET_TEST'],
      S3_PREFIX: `hosts/${randomUUID()}`,
      S3_ENDPOINT: await onNetwork(S3_ENDPOINT_TEST ?? ''),
      AWS_REGION: S3_REGION_TEST,
      AWS_ACCESS_KEY_ID: S3_ACCESS_KEY_ID_TEST,
      AWS_SECRET_ACCESS_KEY: S3_SECRET_ACCESS_KEY_TEST,
      API_PORT: '7420',
      RATCHET_API_KEYS: `write:${randomUUID()}`,
      RATCHET_CONCURRENCY: '1',
      RATCHET_LEASE_SECONDS: '5',
    }
    const start = (name: 'api' | 'worker', host: number): Program => {
      const { address, within } = network.hosts[host] ?? { address: '', within: [] }
      const program = startProgram(name, { ...env, API_HOST: address }, directory, within)
      closing.push(() => program.end('SIGKILL'))
      return program
    }
    const api = start('api', 0)
    await api.said(/^listening on \S+$/m)
    const workers = [start('worker', 1), start('worker', 2)]
    for (const worker of workers) await worker.said(/^working$/m)

    const url = await onNetwork(await policyServer(join(directory, 'servers')))
    const client = createApiClient({
      url: `http://${network.hosts[0]?.address}:7420`,
      apiKey: env.RATCHET_API_KEYS.slice('write:'.length),
    })
    const serving = { backend: 'policy-server' as const, url, maxInFlight: 128 }
    const recipe = await smallRecipe(client, python, directory, { serving })
    const { id } = await client.startIteration(recipe)

    let cut = false
    const iteration = await untilOver(client, id, ({ rounds }) => {
      if (cut || rounds[1]?.state !== 'explore') return
      cut = true
      network.hosts[1]?.cut()
      void sleep(cutSeconds * 1000).then(() => network.hosts[1]?.mend())
    })
    expect(cut).toBe(true)
    expect(iteration).toMatchObject({ state: 'succeeded', reason: null })
    expect(await outcomeOf(client, iteration)).toEqual(reference.outcome)
  })
}

/** A server of checkpoints on this machine; gives its address. */
async function policyServer(directory: string): Promise<string> {
  for (;;) {
    const server = await ensureServerProcess({
      directory,
      name: 'on-the-network',
      command: (port) => [python, policyServerScript, '--port', String(port), '--device', 'cpu'],
      env: { PATH: process.env['PATH'] ?? '' },
      startTimeoutMs: 120_000,
      clock: createSystemClock(),
    })
    if (server.state === 'healthy') return server.url
    if (server.state === 'failed') throw new Error(server.reason)
    await sleep(200)
  }
}
