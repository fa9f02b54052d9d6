import { randomUUID } from 'node:crypto'
import { createServer as createSilentServer } from 'node:net'
import { inspect } from 'node:util'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { PortError } from '@ratchet/ports/port-error.ts'
import { describeObjectStore } from '@ratchet/ports/testing/object-store-contract.ts'
import { type BreakingProxy, startBreakingProxy } from '../testing/breaking-proxy.ts'
import { createS3Store, type S3Store } from './s3.ts'
import type { S3Settings } from './s3-client.ts'

const { S3_ENDPOINT_TEST, S3_ACCESS_KEY_ID_TEST, S3_SECRET_ACCESS_KEY_TEST, S3_BUCKET_TEST, S3_REGION_TEST } =
  process.env
const credentials = { accessKeyId: S3_ACCESS_KEY_ID_TEST ?? '', secretAccessKey: S3_SECRET_ACCESS_KEY_TEST ?? '' }
const given: S3Settings | null =
  S3_ENDPOINT_TEST === undefined || S3_BUCKET_TEST === undefined
    ? null
    : {
        bucket: S3_BUCKET_TEST,
        prefix: '',
        endpoint: S3_ENDPOINT_TEST,
        region: S3_REGION_TEST ?? 'us-east-1',
        credentials,
      }
if (given === null)
  test.skip('a real S3 (skipped: no server; set S3_ENDPOINT_TEST and the rest as tools/services/s3.mjs prints them)', () => {})
else describe('a real S3', () => describeRealS3(given))

function describeRealS3(settings: S3Settings): void {
  const encode = (text: string) => new TextEncoder().encode(text)
  const prefix = () => `test/${randomUUID()}`

  async function keys(store: S3Store, start = ''): Promise<string[]> {
    const all: string[] = []
    for await (const key of store.list(start)) all.push(key)
    return all
  }
  async function empty(store: S3Store): Promise<void> {
    const all = await keys(store)
    for (let index = 0; index < all.length; index += 32)
      await Promise.all(all.slice(index, index + 32).map((key) => store.delete(key)))
    await store.close()
  }

  describeObjectStore('a bucket', async () => {
    const own = { ...settings, prefix: prefix() }
    const [store, other] = [createS3Store(own), createS3Store({ ...own, prefix: `${own.prefix}/` })]
    return {
      store,
      other,
      close: async () => {
        await empty(store)
        await other.close()
      },
    }
  })

  test('keeps to its prefix, and does not list what is beside it', async () => {
    const parent = createS3Store({ ...settings, prefix: prefix() })
    const own = (await parent.presign('x', 60)) ?? ''
    const [, base = ''] = /(test\/[^/]+)\/x\?/.exec(own) ?? []
    const below = createS3Store({ ...settings, prefix: `${base}/below` })
    await parent.put('below2/a', encode('beside'))
    await below.put('a', encode('inside'))
    expect(await keys(below)).toEqual(['a'])
    expect(await keys(parent)).toEqual(['below/a', 'below2/a'])
    expect(await below.head('2/a')).toBeNull()
    await below.close()
    await empty(parent)
  })

  test('refuses a prefix that is no key, an endpoint that is no address and a signature for too long', async () => {
    expect(() => createS3Store({ ...settings, prefix: 'a//b' })).toThrow('is no object key')
    expect(() => createS3Store({ ...settings, endpoint: 'localhost:9000' })).toThrow('S3_ENDPOINT is no http or https')
    const store = createS3Store(settings)
    await expect(store.presign('a', 8 * 24 * 3600)).rejects.toBeInstanceOf(PortError)
    await store.close()
  })

  describe('an unusable one', () => {
    const secret = 'a-secret-that-nobody-knows-0123456789'
    const cases: [string, Partial<S3Settings>, RegExp, boolean][] = [
      [
        'a missing bucket',
        { bucket: `none-${randomUUID()}` },
        /no such bucket at http.*: create it, or correct S3_BUCKET/,
        false,
      ],
      [
        'a wrong secret',
        { credentials: { ...credentials, secretAccessKey: secret } },
        /refuses our credentials \(403 SignatureDoesNotMatch\): correct AWS_ACCESS_KEY_ID/,
        false,
      ],
      [
        'an unknown key id',
        { credentials: { accessKeyId: 'nobody', secretAccessKey: secret } },
        /refuses our credentials \(40[34] \w+\): correct AWS_ACCESS_KEY_ID/,
        false,
      ],
      [
        'a server that is not there',
        { endpoint: 'http://someone:a-secret-that-nobody-knows@127.0.0.1:9' },
        /nothing listens at http:\/\/127.0.0.1:9: start the server, or correct S3_ENDPOINT/,
        true,
      ],
      [
        'a host that is not there',
        { endpoint: 'http://there-is-no-such-host.invalid' },
        /the host of http:\/\/there-is-no-such-host.invalid cannot be resolved/,
        true,
      ],
    ]
    test.each(cases)('%s is named by the check and by every call', async (_what, wrong, reason, retryable) => {
      const store = createS3Store({ ...settings, ...wrong })
      const calls = [
        () => store.check(),
        () => store.get('a'),
        () => store.head('a'),
        () => store.put('a', encode('x')),
        () => store.put('a', encode('x'), { ifAbsent: true }),
        () => store.put('a', new Uint8Array(17_000_000)),
        () => keys(store),
        () => store.delete('a'),
      ]
      for (const call of calls) {
        const thrown = await call().then(
          () => null,
          (error: unknown) => error,
        )
        expect(thrown).toBeInstanceOf(PortError)
        expect(thrown).toMatchObject({ retryable, message: expect.stringMatching(reason) })
        expect(String(thrown)).toContain(wrong.bucket ?? settings.bucket)
        expect(inspect(thrown, { depth: 9, showHidden: true })).not.toMatch(/a-secret-that-nobody-knows/)
      }
      await store.close()
    })

    test('a server that never answers is given up when the check is', async () => {
      const silent = createSilentServer().listen(0, '127.0.0.1')
      await new Promise((resolve) => silent.once('listening', resolve))
      const address = silent.address()
      const port = typeof address === 'object' ? address?.port : undefined
      const store = createS3Store({ ...settings, endpoint: `http://127.0.0.1:${port}` })
      await expect(store.check(AbortSignal.timeout(200))).rejects.toMatchObject({
        retryable: true,
        message: expect.stringContaining('does not answer in time'),
      })
      await store.close()
      silent.close()
    })

    test('a usable one passes the check', async () => {
      const store = createS3Store(settings)
      await store.check()
      await store.check(AbortSignal.timeout(60_000))
      await store.close()
    })
  })

  describe('behind a network that breaks', () => {
    let proxy: BreakingProxy
    let store: S3Store
    beforeAll(async () => {
      proxy = await startBreakingProxy(settings.endpoint ?? '')
      store = createS3Store({ ...settings, prefix: prefix(), endpoint: proxy.url })
    })
    afterAll(async () => {
      await empty(store)
      await proxy.close()
    })
    const large = () => new Uint8Array(17_000_000).fill(7)

    test('a put whose answer was lost has won all the same', async () => {
      proxy.breakNext('lose-answer', (request) => request.method === 'PUT')
      expect(await store.put('lost', encode('mine'), { ifAbsent: true })).toEqual({ existed: false })
      expect(proxy.broken()).toBe(1)
      expect(await store.put('lost', encode('other'), { ifAbsent: true })).toEqual({ existed: true })
      expect(Buffer.from(await store.get('lost')).toString()).toBe('mine')
    })

    test.each([true, false])('so has one in parts whose last answer was lost (ifAbsent %s)', async (ifAbsent) => {
      const key = `lost-parts/${ifAbsent}`
      proxy.breakNext('lose-answer', (request) => request.method === 'POST' && /uploadId=/.test(request.url ?? ''))
      expect(await store.put(key, large(), { ifAbsent })).toEqual({ existed: false })
      expect(proxy.broken()).toBe(1)
      expect(await store.head(key)).toEqual({ bytes: 17_000_000 })
    })

    test('a conflict of conditional writes is tried again', async () => {
      for (const bytes of [encode('x'), large()]) {
        const key = `conflict/${bytes.length}`
        proxy.breakNext('conflict', ({ headers }) => headers['if-none-match'] === '*', 2)
        expect(await store.put(key, bytes, { ifAbsent: true })).toEqual({ existed: false })
        expect(proxy.broken()).toBe(2)
        expect(await store.put(key, bytes, { ifAbsent: true })).toEqual({ existed: true })
      }
    })

    test('bytes that changed on the way are an error to try again, and end nothing', async () => {
      await store.put('changed', encode('the right bytes'))
      proxy.breakNext('change-body', (request) => request.method === 'GET')
      await expect(store.get('changed')).rejects.toMatchObject({
        retryable: true,
        message: expect.stringContaining('do not have the checksum'),
      })
      expect(Buffer.from(await store.get('changed')).toString()).toBe('the right bytes')
    })

    test('an answer that breaks off in the middle is an error to try again', async () => {
      await store.put('cut', large())
      proxy.breakNext('cut-body', (request) => request.method === 'GET')
      await expect(store.get('cut')).rejects.toMatchObject({ name: 'PortError', retryable: true })
      expect(await store.get('cut')).toHaveLength(17_000_000)
    })
  })
}
