import { createHash, randomUUID } from 'node:crypto'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from '@jest/globals'
import { createSystemClock } from '@ratchet/adapters/clock/system-clock.ts'
import { createS3Store } from '@ratchet/adapters/object-store/s3.ts'
import { createTestDatabase } from '@ratchet/adapters/postgres/testing/test-database.ts'
import { stopServers } from '@ratchet/adapters/serving/server-process.ts'
import type { CheckpointView } from '@ratchet/api/schemas/checkpoint.ts'
import { z } from 'zod'
import { type ApiClient, createApiClient } from './api-client.ts'
import { pullFiles } from './pull/pull-files.ts'
import { type Program, startProgram } from './testing/program.ts'
import { python, referenceRun } from './testing/reference-run.ts'
import { outcomeOf, smallRecipe, untilOver } from './testing/small-loop.ts'

const {
  REDIS_URL_TEST,
  S3_ENDPOINT_TEST,
  S3_REGION_TEST,
  S3_ACCESS_KEY_ID_TEST,
  S3_SECRET_ACCESS_KEY_TEST,
  S3_BUCKET_TEST,
} = process.env

if (REDIS_URL_TEST === undefined || S3_ENDPOINT_TEST === undefined)
  test.skip('the loop on Redis and S3 (skipped: a server is missing; set REDIS_URL_TEST and S3_ENDPOINT_TEST)', () => {})
else describe('the loop on PostgreSQL, Redis and S3, by an API and workers of their own', () => describeServices())

function describeServices(): void {
  const closing: (() => Promise<unknown>)[] = []
  afterAll(async () => {
    for (let close = closing.pop(); close !== undefined; close = closing.pop()) await close()
  })

  async function prepare() {
    const directory = await mkdtemp(join(tmpdir(), 'ratchet-services-'))
    closing.push(() => rm(directory, { recursive: true, force: true }))
    closing.push(() => stopServers(join(directory, 'servers'), createSystemClock()))
    const database = await createTestDatabase()
    closing.push(() => database.drop())
    const prefix = `e2e/${randomUUID()}`
    closing.push(() => empty(prefix))
    // A database of its own on the Redis server, where other tests use the first.
    const redis = new URL(REDIS_URL_TEST ?? '')
    redis.pathname = '/7'
    const env = {
      ...process.env,
      RATCHET_PYTHON: python,
      DATABASE_URL: database.url,
      REDIS_URL: redis.href,
      S3_BUCKET: S3_BUCKET_TEST,
      S3_PREFIX: prefix,
      S3_ENDPOINT: S3_ENDPOINT_TEST,
      AWS_REGION: S3_REGION_TEST,
      AWS_ACCESS_KEY_ID: S3_ACCESS_KEY_ID_TEST,
      AWS_SECRET_ACCESS_KEY: S3_SECRET_ACCESS_KEY_TEST,
      API_PORT: '0',
      RATCHET_CONCURRENCY: '1',
      RATCHET_LEASE_SECONDS: '5',
    }
    const start = (name: 'api' | 'worker'): Program => {
      const program = startProgram(name, env, directory)
      closing.push(() => program.end('SIGKILL'))
      return program
    }
    return { directory, prefix, start }
  }

  test('comes to the datasets and decisions of the embedded run, though a worker is killed as it explores', async () => {
    const reference = await referenceRun()
    const { directory, prefix, start } = await prepare()
    const api = start('api')
    const workers = [start('worker'), start('worker')]
    const [, url = ''] = await api.said(/^listening on (\S+)$/m)
    for (const worker of workers) await worker.said(/^working$/m)
    const client = createApiClient({ url })
    const recipe = await smallRecipe(client, python, directory)
    const { id, rounds } = await client.startIteration(recipe, { idempotencyKey: 'services' })

    const claims = watchClaims(
      client,
      rounds.map((round) => round.id),
    )
    const first = await claims.until(rounds[1]!.id, 'explore', 2)
    const killed = workers.find((worker) => first.has(worker.pid))
    await killed?.end('SIGKILL')
    workers.push(start('worker'))

    const iteration = await untilOver(client, id)
    await claims.stop()
    expect(iteration).toMatchObject({ state: 'succeeded', reason: null })
    expect(await outcomeOf(client, iteration)).toEqual(reference.outcome)
    expect(claims.pids()).toEqual(new Set(workers.map((worker) => worker.pid)))

    for (const { id: datasetId, manifest } of await client.datasets({ iterationId: id })) {
      for (const file of await client.datasetFiles(datasetId)) {
        expect(file.url).toMatch(new RegExp(`^${S3_ENDPOINT_TEST}/.*${prefix}/datasets/.*[?&]X-Amz-Signature=`))
        expect(file.expiresAt).not.toBeNull()
      }
      const pulled = await pullFiles(client, { kind: 'dataset', id: datasetId }, join(directory, 'pulled', datasetId))
      for (const { path, sha256 } of manifest.files) {
        const bytes = await readFile(join(pulled.directory, path))
        expect(createHash('sha256').update(bytes).digest('hex')).toBe(sha256)
      }
    }
    const checkpoints = await client.checkpoints(id)
    await expectPushed(prefix, checkpoints, rounds.length)
    const { id: newest, manifestSha256 } = checkpoints.at(-1)!
    const [signed] = await client.checkpointFiles(newest)
    expect(signed?.url).toMatch(new RegExp(`^${S3_ENDPOINT_TEST}/.*${prefix}/checkpoints/.*[?&]X-Amz-Signature=`))
    const pulled = await pullFiles(client, { kind: 'checkpoint', id: newest }, join(directory, 'pulled', newest))
    expect(pulled.files.at(-1)).toMatchObject({ path: 'manifest.json', sha256: manifestSha256, had: false })
    const living = [api, ...workers.filter((worker) => worker !== killed)]
    expect(await Promise.all(living.map((program) => program.end('SIGTERM')))).toEqual([0, 0, 0])
  })
}

/** Looks again and again which worker has claimed which shard. */
function watchClaims(client: ApiClient, roundIds: readonly string[]) {
  const seen = new Map<string, Set<number>>()
  let stopped = false
  const looking = (async () => {
    while (!stopped) {
      for (const roundId of roundIds)
        for (const { stage, owner } of await client.shards(roundId)) {
          if (owner === null) continue
          const key = `${roundId} ${stage}`
          seen.set(key, (seen.get(key) ?? new Set()).add(Number(owner.split('/').at(-1))))
        }
      await new Promise((resolve) => setTimeout(resolve, 50))
    }
  })()
  return {
    pids: () => new Set([...seen.values()].flatMap((each) => [...each])),
    /** Resolves when as many workers have shards of that stage. */
    async until(roundId: string, stage: string, workers: number): Promise<ReadonlySet<number>> {
      for (;;) {
        const pids = seen.get(`${roundId} ${stage}`)
        if (pids !== undefined && pids.size >= workers) return pids
        await Promise.race([looking, new Promise((resolve) => setTimeout(resolve, 20))])
      }
    },
    async stop(): Promise<void> {
      stopped = true
      await looking
    },
  }
}

const Manifest = z.object({ files: z.array(z.object({ path: z.string(), bytes: z.number(), sha256: z.string() })) })

/** Every checkpoint is in the bucket as its manifest says, which came last. */
async function expectPushed(prefix: string, checkpoints: readonly CheckpointView[], count: number): Promise<void> {
  const sha256 = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex')
  const store = storeAt(prefix)
  expect(checkpoints).toHaveLength(count)
  for (const { id, uri, path, manifestSha256 } of checkpoints) {
    expect(uri).toBe(`s3://${S3_BUCKET_TEST}/${prefix}/checkpoints/${id}`)
    const manifest = await store.get(`checkpoints/${id}/manifest.json`)
    expect(sha256(manifest)).toBe(manifestSha256)
    const { files } = Manifest.parse(JSON.parse(Buffer.from(manifest).toString('utf8')))
    for (const file of files) {
      const bytes = await store.get(`checkpoints/${id}/${file.path}`)
      expect([bytes.length, sha256(bytes)]).toEqual([file.bytes, file.sha256])
    }
    const events = await readFile(join(path, '../attempt-1/events.jsonl'), 'utf8')
    const pushed = events.match(/"kind": "pushed", "path": "[^"]+/g)?.map((line) => line.split('"').at(-1))
    expect(pushed).toEqual([...files.map((file) => file.path), 'manifest.json'])
  }
  await store.close()
}

function storeAt(prefix: string) {
  return createS3Store({
    bucket: S3_BUCKET_TEST ?? '',
    prefix,
    endpoint: S3_ENDPOINT_TEST ?? null,
    region: S3_REGION_TEST ?? 'us-east-1',
    credentials: { accessKeyId: S3_ACCESS_KEY_ID_TEST ?? '', secretAccessKey: S3_SECRET_ACCESS_KEY_TEST ?? '' },
  })
}

async function empty(prefix: string): Promise<void> {
  const store = storeAt(prefix)
  for await (const key of store.list('')) await store.delete(key)
  await store.close()
}
