import { createHash } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { type Checkpoint, checkpointPrefix } from '@ratchet/domain/checkpoint.ts'
import { manifestLimits } from './checkpoint-manifest.ts'
import { ProblemDocument } from './schemas/problem-document.ts'
import { sampleRecipe, storeSampleCheckpoint, storeSampleDataset, storeSampleSets } from './testing/sample.ts'
import { createTestApi, type TestApi } from './testing/test-api.ts'

/** More than one piece of a stream. */
const content = Buffer.alloc(5 * 1024 * 1024, 'some weights or rows ')

let api: TestApi
let iterationId: string
let roundIds: string[]
/** Read by many tests, changed by none. */
let checkpoint: Checkpoint
let datasetId: string
beforeAll(async () => {
  api = await createTestApi()
  const started = await start(api)
  iterationId = started.id
  roundIds = started.rounds.map((round: { id: string }) => round.id)
  checkpoint = await storeSampleCheckpoint(api.world, iterationId, roundIds[0]!, content)
  datasetId = (await storeSampleDataset(api.world, iterationId, roundIds[0]!, content)).id
})
afterAll(() => api.close())

async function start({ world, request }: TestApi) {
  await storeSampleSets(world)
  const headers = { 'content-type': 'application/json' }
  return (
    await request({ method: 'POST', url: '/v1/iterations', headers, payload: JSON.stringify(sampleRecipe) })
  ).json()
}

const sha256 = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex')
const manifestOf = (path: string) =>
  Buffer.from(JSON.stringify({ format: 1, files: [{ path, bytes: 7, sha256: sha256(Buffer.from('weights')) }] }))

const get = (url: string, headers: Record<string, string> = {}) => api.request({ url, headers })

async function problemAt(url: string, headers: Record<string, string> = {}): Promise<ProblemDocument> {
  const response = await get(url, headers)
  const document = ProblemDocument.parse(response.json())
  expect(response).toMatchObject({ statusCode: document.status })
  return document
}

/** The same checkpoint, stored anew for a test that spoils it, with what its record shall say instead. */
async function another(change: Partial<Checkpoint> = {}): Promise<{ id: string; prefix: string }> {
  const stored = await storeSampleCheckpoint(api.world, iterationId, roundIds[1]!, Buffer.from('weights'))
  await api.world.checkpoints.record({ ...stored, ...change })
  return { id: stored.id, prefix: checkpointPrefix(stored.id) }
}

/** One whose manifest is what was recorded, and is what it is. */
async function withManifest(manifest: Buffer): Promise<{ id: string }> {
  const { id, prefix } = await another({ manifestSha256: sha256(manifest) })
  await api.world.objects.put(`${prefix}manifest.json`, manifest)
  return { id }
}

describe('checkpoints', () => {
  test('are listed by iteration and read one by one', async () => {
    expect((await get(`/v1/checkpoints?iterationId=${iterationId}`)).json().items).toContainEqual(checkpoint)
    expect((await get(`/v1/checkpoints/${checkpoint.id}`)).json()).toEqual(checkpoint)
  })

  test('have the files of their manifest, and the manifest last', async () => {
    const { items } = (await get(`/v1/checkpoints/${checkpoint.id}/files`)).json()
    const base = `/v1/checkpoints/${checkpoint.id}/download`
    expect(items).toEqual([
      expect.objectContaining({ path: 'model.safetensors', bytes: content.length, url: `${base}/model.safetensors` }),
      expect.objectContaining({ path: 'manifest.json', sha256: checkpoint.manifestSha256, expiresAt: null }),
    ])
    const manifest = await get(items[1].url)
    expect(manifest.bytes).toHaveLength(items[1].bytes)
    expect(manifest.json().files).toEqual([
      { path: 'model.safetensors', bytes: content.length, sha256: items[0].sha256 },
    ])
  })

  const objects = () => api.world.objects
  test.each([
    ['was never pushed', () => another({ uri: null }), 'train.publishCheckpoints: false'],
    [
      'is gone',
      async () => {
        const { id, prefix } = await another()
        await objects().delete(`${prefix}manifest.json`)
        return { id }
      },
      'is gone from the object store, where it was at s3://memory/',
    ],
    [
      'has lost a file',
      async () => {
        const { id, prefix } = await another()
        await objects().delete(`${prefix}model.safetensors`)
        return { id }
      },
      'the file model.safetensors of checkpoint',
    ],
    [
      'has a file cut short',
      async () => {
        const { id, prefix } = await another()
        await objects().put(`${prefix}model.safetensors`, Buffer.from('wei'))
        return { id }
      },
      'has 3 bytes instead of 7',
    ],
    [
      'is another by now',
      async () => {
        const { id, prefix } = await another()
        await objects().put(`${prefix}manifest.json`, Buffer.from('{"format":1,"files":[]}'))
        return { id }
      },
      'the SHA-256 of its manifest is not the recorded one',
    ],
    [
      'has a manifest with a path that leads out of it',
      () => withManifest(manifestOf('../../trajectories/secret')),
      'not one that this version of Ratchet can read',
    ],
    [
      'has a manifest that is too large to be one',
      () => withManifest(Buffer.alloc(manifestLimits.bytes + 1, ' ')),
      'the SHA-256 of its manifest is not the recorded one',
    ],
  ])('one that %s is a 409 that says where the weights are', async (_title, spoil, reason) => {
    const { id } = await spoil()
    for (const rest of ['files', 'download/model.safetensors']) {
      const document = await problemAt(`/v1/checkpoints/${id}/${rest}`)
      expect(document).toMatchObject({ status: 409, type: 'urn:ratchet:problem:not-stored' })
      expect(document.detail).toContain(reason)
      expect(document.detail).toContain('/checkpoint, where the trainer left them')
    }
    expect((await get(`/v1/checkpoints/${id}`)).statusCode).toBe(200)
  })

  test('one that is not there is a 404 that says how to find those that are', async () => {
    for (const rest of ['', '/files', '/download/manifest.json'])
      expect(await problemAt(`/v1/checkpoints/none${rest}`)).toMatchObject({
        status: 404,
        detail: expect.stringContaining('ratchet checkpoints list'),
      })
  })
})

describe('files', () => {
  const owners = [
    ['a checkpoint', () => `/v1/checkpoints/${checkpoint.id}`, 'model.safetensors'],
    ['a dataset version', () => `/v1/datasets/${datasetId}`, 'data/train-00000.jsonl.gz'],
  ] as const

  test.each(owners)('of %s are downloaded whole or in part', async (_title, base, path) => {
    const url = `${base()}/download/${path}`
    const whole = await get(url)
    expect(whole).toMatchObject({ statusCode: 200, headers: { 'accept-ranges': 'bytes' } })
    expect(whole.headers['content-length']).toBe(String(content.length))
    expect(whole.bytes.equals(content)).toBe(true)
    const offset = content.length - 7
    const part = await get(url, { range: `bytes=${offset}-`, 'if-range': whole.headers.etag ?? '' })
    expect(part).toMatchObject({
      statusCode: 206,
      headers: { 'content-range': `bytes ${offset}-${content.length - 1}/${content.length}` },
    })
    expect(part.bytes.equals(content.subarray(offset))).toBe(true)
    const changed = await get(url, { range: 'bytes=1-', 'if-range': '"another"' })
    expect([changed.statusCode, changed.bytes.length]).toEqual([200, content.length])
  })

  test.each(owners)('of %s have no bytes behind their end, and no others beside them', async (_title, base, path) => {
    const beyond = await problemAt(`${base()}/download/${path}`, { range: `bytes=${content.length}-` })
    expect(beyond).toMatchObject({ status: 416, type: 'urn:ratchet:problem:range' })
    for (const name of ['none', '..%2F..%2Fmanifest.json', '%2Fetc%2Fpasswd'])
      expect(await problemAt(`${base()}/download/${name}`)).toMatchObject({
        status: 404,
        detail: expect.stringContaining('/files lists its files'),
      })
  })

  test('have signed addresses where the store signs them, until they expire', async () => {
    const signing = await createTestApi({ presigned: 'https://objects.test/' })
    const { id, rounds } = await start(signing)
    const { world, request } = signing
    const stored = await storeSampleCheckpoint(world, id, rounds[0].id, Buffer.from('weights'))
    const version = await storeSampleDataset(world, id, rounds[0].id, Buffer.from('rows'))
    for (const [url, prefix] of [
      [`/v1/checkpoints/${stored.id}/files`, checkpointPrefix(stored.id)],
      [`/v1/datasets/${version.id}/files`, version.prefix],
    ] as const) {
      const { items } = (await request({ url })).json()
      for (const { path, url, expiresAt } of items) {
        expect(url).toBe(`https://objects.test/${prefix}${path}`)
        expect(Date.parse(expiresAt)).toBeGreaterThan(Date.now())
      }
      expect(items.at(-1).path).toBe('manifest.json')
    }
    await signing.close()
  })

  test('need a key that may read', async () => {
    const guarded = await createTestApi({
      settings: { apiKeys: [{ hash: sha256(Buffer.from('reader-key')), scopes: ['read'] }] },
    })
    for (const rest of ['', '/files', '/download/manifest.json']) {
      const url = `/v1/checkpoints/none${rest}`
      expect((await guarded.request({ url })).statusCode).toBe(401)
      const known = await guarded.request({ url, headers: { authorization: 'Bearer reader-key' } })
      expect(known.statusCode).toBe(404)
    }
    await guarded.close()
  })
})
