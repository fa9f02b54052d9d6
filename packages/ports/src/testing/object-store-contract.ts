import { readFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { ObjectNotFound, type ObjectStore } from '../object-store.ts'
import { PortError } from '../port-error.ts'

export type ObjectStoreHarness = {
  /** Holds no object. */
  readonly store: ObjectStore
  /** Another user of the same objects, as another process would be. */
  readonly other: ObjectStore
  close(): Promise<void>
}

/** What every ObjectStore promises. */
export function describeObjectStore(name: string, make: () => Promise<ObjectStoreHarness>): void {
  describe(`${name} as an ObjectStore`, () => {
    let harness: ObjectStoreHarness
    let store: ObjectStore
    beforeAll(async () => {
      harness = await make()
      store = harness.store
    })
    afterAll(() => harness?.close())

    const encode = (text: string) => new TextEncoder().encode(text)
    const text = async (key: string, range?: { offset: number; length: number }) =>
      new TextDecoder().decode(await store.get(key, range))
    const keys = async (prefix: string) => {
      const all: string[] = []
      for await (const key of store.list(prefix)) all.push(key)
      return all
    }
    const putAll = async (all: readonly string[]) => {
      const left = [...all]
      const writer = async () => {
        for (let key = left.pop(); key !== undefined; key = left.pop()) await store.put(key, encode(key))
      }
      await Promise.all(Array.from({ length: 16 }, writer))
    }

    test('gives back the bytes that were put, to every user', async () => {
      const bytes = Uint8Array.from({ length: 70_000 }, (_, index) => (index * 7) % 251)
      expect(await store.put('put/bytes', bytes)).toEqual({ existed: false })
      expect(Buffer.from(await store.get('put/bytes')).equals(bytes)).toBe(true)
      expect(Buffer.from(await harness.other.get('put/bytes')).equals(bytes)).toBe(true)
      expect(await store.head('put/bytes')).toEqual({ bytes: 70_000 })
    })

    test('replaces an object by a shorter one, and by an empty one', async () => {
      await store.put('put/again', encode('the first'), { contentType: 'text/plain' })
      expect(await store.put('put/again', encode('second'))).toEqual({ existed: false })
      expect(await text('put/again')).toBe('second')
      await store.put('put/again', new Uint8Array())
      expect(await store.get('put/again')).toHaveLength(0)
      expect(await store.head('put/again')).toEqual({ bytes: 0 })
    })

    test('puts only the viewed part of a larger buffer', async () => {
      await store.put('put/view', encode('before|view|after').subarray(7, 11))
      expect(await text('put/view')).toBe('view')
    })

    test('keeps a large object whole, however it is put', async () => {
      const large = new Uint8Array(21 * 1024 * 1024 + 17)
      for (let index = 0; index < large.length; index += 1009) large[index] = (index / 1009) % 256
      expect(await store.put('large/first', large, { ifAbsent: true })).toEqual({ existed: false })
      expect(await store.put('large/first', large.subarray(1), { ifAbsent: true })).toEqual({ existed: true })
      await store.put('large/second', large)
      for (const key of ['large/first', 'large/second']) {
        expect(await store.head(key)).toEqual({ bytes: large.length })
        expect(Buffer.from(await harness.other.get(key)).equals(large)).toBe(true)
      }
      const offset = 8 * 1024 * 1024 - 5
      const across = await store.get('large/first', { offset, length: 2000 })
      expect(Buffer.from(across).equals(large.subarray(offset, offset + 2000))).toBe(true)
    })

    test('reads a range, and what there is of one that ends beyond the object', async () => {
      await store.put('range', encode('0123456789'))
      expect(await text('range', { offset: 0, length: 1 })).toBe('0')
      expect(await text('range', { offset: 3, length: 4 })).toBe('3456')
      expect(await text('range', { offset: 8, length: 100 })).toBe('89')
      for (const offset of [10, 11]) expect(await text('range', { offset, length: 5 })).toBe('')
      expect(await text('range', { offset: 2, length: 0 })).toBe('')
      await store.put('range-of-nothing', new Uint8Array())
      expect(await text('range-of-nothing', { offset: 0, length: 5 })).toBe('')
    })

    test.each([
      { offset: -1, length: 1 },
      { offset: 0, length: -1 },
      { offset: 0.5, length: 1 },
      { offset: Number.NaN, length: 1 },
    ])('refuses the range $offset, $length', async (range) => {
      await store.put('range', encode('0123456789'))
      await expect(store.get('range', range)).rejects.toMatchObject({ retryable: false })
      await expect(store.get('range', range)).rejects.toBeInstanceOf(PortError)
    })

    test('says that there is no object, and does not try again', async () => {
      await store.put('beside/there', encode('here'))
      for (const key of ['none', 'none/at/all', 'beside', 'beside/the', 'beside/there2']) {
        const missing = { name: 'ObjectNotFound', message: `there is no object ${key}`, retryable: false }
        await expect(store.get(key)).rejects.toMatchObject(missing)
        await expect(store.get(key)).rejects.toBeInstanceOf(ObjectNotFound)
        await expect(store.get(key, { offset: 0, length: 0 })).rejects.toBeInstanceOf(ObjectNotFound)
        expect(await store.head(key)).toBeNull()
      }
    })

    test('deletes an object, and is content when there is none', async () => {
      await store.put('deleted/deep/object', encode('x'))
      await store.delete('deleted/deep/object')
      await store.delete('deleted/deep/object')
      await store.delete('deleted/never')
      expect(await store.head('deleted/deep/object')).toBeNull()
      expect(await keys('deleted')).toEqual([])
    })

    test('lets a key that was deleted return as the beginning of others, and the other way round', async () => {
      await store.put('turns/deep/object', encode('1'))
      await store.delete('turns/deep/object')
      await store.put('turns', encode('2'))
      expect(await text('turns')).toBe('2')
      await store.delete('turns')
      await store.put('turns/object', encode('3'))
      expect(await keys('turns')).toEqual(['turns/object'])
    })

    test('with ifAbsent, leaves an object that is there alone', async () => {
      expect(await store.put('absent', encode('first'), { ifAbsent: true })).toEqual({ existed: false })
      expect(await store.put('absent', encode('second'), { ifAbsent: true })).toEqual({ existed: true })
      expect(await text('absent')).toBe('first')
      await store.delete('absent')
      expect(await store.put('absent', encode('third'), { ifAbsent: true })).toEqual({ existed: false })
      expect(await text('absent')).toBe('third')
    })

    test('with ifAbsent, exactly one of many writers wins, and all see its object', async () => {
      for (let round = 0; round < 5; round += 1) {
        const key = `race/${round}`
        const writes = await Promise.all(
          Array.from({ length: 20 }, async (_, index) => {
            const writer = index % 2 === 0 ? store : harness.other
            const { existed } = await writer.put(key, encode(`writer ${index}`), { ifAbsent: true })
            return { index, existed, seen: await text(key) }
          }),
        )
        const winners = writes.filter(({ existed }) => !existed)
        expect(winners).toHaveLength(1)
        expect(new Set(writes.map(({ seen }) => seen))).toEqual(new Set([`writer ${winners[0]?.index}`]))
      }
    })

    test('readers see the whole old or the whole new object while it is replaced', async () => {
      // Each object is as long as its bytes are high: a mixed one has two kinds of bytes or the wrong length.
      const lengthOf = (byte: number) => 100_000 + byte * 1000
      const whole = (bytes: Uint8Array) => bytes.length === lengthOf(bytes[0] ?? 0) && new Set(bytes).size === 1
      await store.put('hot', new Uint8Array(lengthOf(0)))
      let writing = true
      let seen = 0
      const read = async (reader: ObjectStore) => {
        do {
          if (!whole(await reader.get('hot'))) throw new Error('a reader saw a mixed object')
          seen += 1
        } while (writing)
      }
      const write = async (writer: ObjectStore, first: number) => {
        for (let byte = first; byte < first + 15; byte += 1)
          await writer.put('hot', new Uint8Array(lengthOf(byte)).fill(byte))
      }
      const writers = [1, 16, 31, 46].map((first) => write(first % 2 === 0 ? harness.other : store, first))
      const written = Promise.all(writers).finally(() => {
        writing = false
      })
      await Promise.all([written, read(store), read(harness.other), read(harness.other)])
      expect(seen).toBeGreaterThan(2)
      expect(whole(await store.get('hot'))).toBe(true)
      expect(await keys('hot')).toEqual(['hot'])
    })

    test('lists keys in the order of their UTF-8 bytes', async () => {
      const ordered = ['A', 'B/z', 'a', 'a-b', 'a.b', 'a!/b', 'a0', 'b', 'é', 'ü/x', '日本', '\uff5e', '😀']
        .map((key) => `order/${key}`)
        .sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)))
      await putAll(ordered)
      await putAll(['order/dir/x', 'order/dir-x', 'order/dir0', 'order/dir/x0/y', 'order/dir/x-y'])
      const inDir = ['order/dir-x', 'order/dir/x', 'order/dir/x-y', 'order/dir/x0/y', 'order/dir0']
      expect(await keys('order/dir')).toEqual(inDir)
      const all = await keys('order/')
      expect(all.filter((key) => !inDir.includes(key))).toEqual(ordered)
      expect(all).toEqual([...all].sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b))))
      // UTF-16 has these two the other way round.
      expect(all.indexOf('order/\uff5e')).toBeLessThan(all.indexOf('order/😀'))
    })

    test('lists what begins with the prefix, in the middle of a part too, and nothing else', async () => {
      await putAll(['under/ab/1', 'under/ab/2', 'under/abc', 'under/b', 'under2'])
      expect(await keys('under/')).toEqual(['under/ab/1', 'under/ab/2', 'under/abc', 'under/b'])
      expect(await keys('under/a')).toEqual(['under/ab/1', 'under/ab/2', 'under/abc'])
      expect(await keys('under/ab/')).toEqual(['under/ab/1', 'under/ab/2'])
      expect(await keys('under/b')).toEqual(['under/b'])
      expect(await keys('under')).toEqual([...(await keys('under/')), 'under2'])
      for (const none of ['under/c', 'under/b/', 'under/ab//', '/under', 'under/../under', './under', '../', '..'])
        expect(await keys(none)).toEqual([])
      expect(await keys('')).toEqual(expect.arrayContaining(['under/ab/1', 'under2']))
    })

    test('lists more keys than fit on one page, each once', async () => {
      const many = Array.from({ length: 1203 }, (_, index) => `many/${index % 3}/${String(index).padStart(5, '0')}`)
      await putAll(many)
      expect(await keys('many/')).toEqual([...many].sort())
      const some: string[] = []
      for await (const key of harness.other.list('many/1/')) if (some.push(key) === 3) break
      expect(some).toEqual(['many/1/00001', 'many/1/00004', 'many/1/00007'])
    })

    test('takes key parts of 255 bytes', async () => {
      for (const part of ['y'.repeat(255), `é${'y'.repeat(253)}`, '😀'.repeat(63)]) {
        const key = `long/${part}/${part}`
        await store.put(key, encode(part))
        expect(await text(key)).toBe(part)
        expect(await keys(`long/${part}`)).toEqual([key])
      }
    })

    test.each(['sp ace+plus%25&=?#.json', 'quo\'te"<t>\\e', 'ümläut-日本-😀', '.hidden', 'a..b', '...'])(
      'takes the key part %s as it is',
      async (part) => {
        for (const key of [`odd/${part}`, `odd/in/${part}/x`]) {
          await store.put(key, encode(key))
          expect(await text(key)).toBe(key)
          expect(await keys(key)).toEqual([key])
          await store.delete(key)
          expect(await store.head(key)).toBeNull()
        }
      },
    )

    test.each([
      ['nothing', ''],
      ['a slash', '/'],
      ['a leading slash', '/leading'],
      ['a trailing slash', 'trailing/'],
      ['an empty part', 'an//empty/part'],
      ['only .', '.'],
      ['only ..', '..'],
      ['the part .', 'a/./b'],
      ['the part ..', 'a/../b'],
      ['a way out', '../escape'],
      ['a last part ..', 'a/..'],
      ['a part of 256 letters', `long/${'y'.repeat(256)}`],
      ['a part of 256 bytes', `long/${'é'.repeat(128)}`],
      ['more than 1024 bytes', `deep/${'123456789/'.repeat(110)}x`],
      ['a NUL', 'nul\u0000'],
      ['a line break', 'line\nbreak'],
      ['half a surrogate pair', 'half a pair \ud83d'],
    ])('refuses %s as a key, in every call', async (_what, key) => {
      const calls = [
        () => store.put(key, encode('x')),
        () => store.put(key, encode('x'), { ifAbsent: true }),
        () => store.get(key),
        () => store.head(key),
        () => store.delete(key),
        () => store.presign(key, 60),
      ]
      for (const call of calls) {
        const thrown = await call().catch((error: unknown) => error)
        expect(thrown).toBeInstanceOf(PortError)
        expect(thrown).not.toBeInstanceOf(ObjectNotFound)
        expect(thrown).toMatchObject({ retryable: false, message: expect.stringContaining('is no object key: ') })
      }
    })

    test('signs a URL that anyone may GET, where it signs any', async () => {
      const key = 'signed/sp ace+ü.txt'
      await store.put(key, encode('for anyone'), { contentType: 'text/plain' })
      const url = await store.presign(key, 60)
      if (url === null) return
      const response = await fetch(url)
      expect(response.status).toBe(200)
      expect(response.headers.get('content-type')).toBe('text/plain')
      expect(await response.text()).toBe('for anyone')
      const unsigned = new URL(url)
      unsigned.search = ''
      expect((await fetch(unsigned)).status).toBe(403)
    })

    test('says where others find its objects, without a secret', async () => {
      const { uri, endpoint } = store.location
      expect(uri).toMatch(/^(s3|file):\/\/.*[^/]$/)
      expect(endpoint ?? '').not.toContain('@')
      if (!uri.startsWith('file:')) return
      const key = 'local/sp ace/ü'
      await store.put(key, encode('a file'))
      expect(await readFile(`${fileURLToPath(uri)}/${key}`, 'utf8')).toBe('a file')
    })
  })
}
