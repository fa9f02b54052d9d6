import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmodSync, mkdirSync, mkdtempSync, readdirSync, rmSync, utimesSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { PortError } from '@ratchet/ports/port-error.ts'
import { describeObjectStore } from '@ratchet/ports/testing/object-store-contract.ts'
import { createDirectoryStore } from './directory.ts'

const root = fileURLToPath(new URL('../../../../', import.meta.url))
const encode = (text: string) => new TextEncoder().encode(text)

describeObjectStore('a directory', async () => {
  const directory = mkdtempSync(join(tmpdir(), 'ratchet-objects-'))
  return {
    store: createDirectoryStore({ directory }),
    other: createDirectoryStore({ directory }),
    close: async () => rmSync(directory, { recursive: true }),
  }
})

describe('a directory of objects', () => {
  let directory: string
  beforeAll(() => {
    directory = mkdtempSync(join(tmpdir(), 'ratchet-objects-'))
  })
  afterAll(() => rmSync(directory, { recursive: true }))

  const fresh = (name: string) => {
    const path = join(directory, name)
    return { path, store: createDirectoryStore({ directory: path }) }
  }
  const keys = async (store: ReturnType<typeof createDirectoryStore>) => {
    const all: string[] = []
    for await (const key of store.list('')) all.push(key)
    return all
  }

  /** A process that puts objects of one kind of byte for as long as it lives, and says each key that is durable. */
  const startWriter = (path: string, name: string) => {
    const script = `
      import { createDirectoryStore } from ${JSON.stringify(new URL('./directory.ts', import.meta.url).href)}
      const store = createDirectoryStore({ directory: ${JSON.stringify(path)} })
      for (let n = 1; ; n += 1) {
        await store.put('hot/object', new Uint8Array(400_000).fill(n % 256))
        const key = ${JSON.stringify(name)} + '/' + n
        const { existed } = await store.put(key, new Uint8Array(300_000).fill(n % 256), { ifAbsent: true })
        if (existed) throw new Error(key + ' existed')
        console.log(key)
      }`
    const child = spawn(process.execPath, ['--import', 'tsx', '--input-type=module', '-e', script], {
      cwd: root,
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    let said = ''
    child.stdout.on('data', (data) => {
      said += data
    })
    return { child, said: () => said.split('\n').slice(0, -1) }
  }

  test('has no torn object and none that is lost when its writers are killed', async () => {
    const { path, store } = fresh('killed')
    const isWhole = (bytes: Uint8Array, length: number) => bytes.length === length && new Set(bytes).size === 1
    const durable: string[] = []
    for (let round = 0; round < 3; round += 1) {
      const writers = [0, 1].map((index) => startWriter(path, `round ${round} writer ${index}`))
      try {
        while (writers.some(({ said }) => said().length < 5 + round)) await once(writers[0]!.child.stdout, 'data')
      } finally {
        const ends = writers.map(({ child }) => once(child, 'close'))
        for (const { child } of writers) child.kill('SIGKILL')
        await Promise.all(ends)
      }
      durable.push(...writers.flatMap(({ said }) => said()))
    }
    const found = await keys(store)
    expect(found).toEqual(expect.arrayContaining(durable))
    // Beyond the hot object, each writer may have put one of which it could not tell any more.
    expect(found.length).toBeLessThanOrEqual(durable.length + 1 + 6)
    for (const key of found) expect(isWhole(await store.get(key), key === 'hot/object' ? 400_000 : 300_000)).toBe(true)
    await store.put('hot/object', encode('still writable'))
    expect(Buffer.from(await store.get('hot/object')).toString()).toBe('still writable')
  })

  test('removes what dead writers left a day ago, and nothing younger', async () => {
    const { path, store } = fresh('left')
    mkdirSync(join(path, '.drafts'), { recursive: true })
    for (const name of ['old', 'young']) writeFileSync(join(path, '.drafts', name), 'half an obj')
    const yesterday = Date.now() / 1000 - 25 * 60 * 60
    utimesSync(join(path, '.drafts', 'old'), yesterday, yesterday)
    expect(await keys(store)).toEqual([])
    await store.put('a', encode('x'))
    expect(readdirSync(join(path, '.drafts'))).toEqual(['young'])
    expect(await keys(store)).toEqual(['a'])
    await expect(store.put('.drafts/young', encode('x'))).rejects.toThrow('kept for unfinished objects')
  })

  test('refuses a key that is the beginning of another, whichever was first', async () => {
    const { store } = fresh('nested')
    await store.put('a/b', encode('below'))
    await store.put('c', encode('above'))
    for (const ifAbsent of [true, false]) {
      await expect(store.put('a', encode('x'), { ifAbsent })).rejects.toThrow(/other keys begin with this one/)
      await expect(store.put('c/d', encode('x'), { ifAbsent })).rejects.toThrow(/part of the key is itself an object/)
    }
    await store.delete('a')
    await store.delete('c/d')
    expect(await keys(store)).toEqual(['a/b', 'c'])
  })

  test('is not held up by empty directories that a dead writer left', async () => {
    const { path, store } = fresh('empty')
    for (const name of ['put', 'once']) mkdirSync(join(path, name, 'deep', 'down'), { recursive: true })
    expect(await store.put('put', encode('1'))).toEqual({ existed: false })
    expect(await store.put('once', encode('2'), { ifAbsent: true })).toEqual({ existed: false })
    expect(await keys(store)).toEqual(['once', 'put'])
  })

  test('many writers may put and delete below the same parts at once', async () => {
    const { path, store } = fresh('churn')
    const other = createDirectoryStore({ directory: path })
    await Promise.all(
      Array.from({ length: 12 }, async (_, index) => {
        for (let turn = 0; turn < 15; turn += 1) {
          const [writer, key] = [index % 2 === 0 ? store : other, `a/b/c/${index}`]
          await writer.put(key, encode(key), { ifAbsent: turn % 2 === 0 })
          expect(await writer.head(key)).toEqual({ bytes: key.length })
          await writer.delete(key)
        }
      }),
    )
    expect(await keys(store)).toEqual([])
    expect(readdirSync(path)).toEqual(['.drafts'])
  })

  test('reads as empty before anything is put, and says where it cannot be', async () => {
    const { path, store } = fresh('nowhere')
    expect(await keys(store)).toEqual([])
    expect(await store.head('a')).toBeNull()
    writeFileSync(path, 'a file')
    await expect(store.put('a', encode('x'))).rejects.toBeInstanceOf(PortError)
    await expect(store.put('a', encode('x'))).rejects.toMatchObject({
      retryable: false,
      message: `cannot write a in ${path}: a part of the key is itself an object, or the directory is a file`,
    })
  })

  const mounted = tryMount()
  const onSmallDisk = mounted === null ? test.skip : test
  onSmallDisk(
    `a full disk is an error, and the old object stays${mounted === null ? ' (skipped: no mounts here)' : ''}`,
    async () => {
      const path = mounted ?? ''
      try {
        const store = createDirectoryStore({ directory: path })
        await store.put('object', encode('old'))
        const large = new Uint8Array(2_000_000)
        for (const key of ['object', 'other']) {
          const full = { retryable: true, message: expect.stringContaining('the disk is full') }
          await expect(store.put(key, large)).rejects.toMatchObject(full)
        }
        expect(Buffer.from(await store.get('object')).toString()).toBe('old')
        expect(await keys(store)).toEqual(['object'])
        expect(readdirSync(join(path, '.drafts'))).toEqual([])
      } finally {
        execFileSync('umount', [path])
        rmSync(path, { recursive: true })
      }
    },
  )

  const isRoot = process.getuid?.() === 0
  const asOther = isRoot ? test.skip : test
  asOther(`says that it may not write${isRoot ? ' (skipped: root may do all)' : ''}`, async () => {
    const { path, store } = fresh('readonly')
    mkdirSync(path, { mode: 0o500 })
    try {
      const denied = { retryable: false, message: expect.stringContaining('this user may not') }
      await expect(store.put('a', encode('x'))).rejects.toMatchObject(denied)
    } finally {
      chmodSync(path, 0o700)
    }
  })
})

/** A file system of one mebibyte; null where this user cannot mount one. */
function tryMount(): string | null {
  const path = mkdtempSync(join(tmpdir(), 'ratchet-small-'))
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=1m', 'tmpfs', path], { stdio: 'ignore' })
    return path
  } catch {
    rmSync(path, { recursive: true })
    return null
  }
}
