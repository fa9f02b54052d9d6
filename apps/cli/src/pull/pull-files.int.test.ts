import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals'
import { createFileApi, type FileApi } from '../testing/file-api.ts'
import { type Pullable, type PullOptions, pullFiles } from './pull-files.ts'

const weights = Buffer.alloc(300_000, 'weights ')
const config = Buffer.from('{"model_type":"tiny"}')

let root: string
let api: FileApi
let out: string
let directories = 0
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'ratchet-pull-'))
  api = await createFileApi()
})
afterAll(async () => {
  await api.close()
  await rm(root, { recursive: true, force: true })
})
beforeEach(() => {
  out = join(root, String(++directories))
  api.downloads.length = 0
  api.faults.length = 0
  api.sent.clear()
  for (const id of ['one', 'other'])
    api.files.set(
      id,
      new Map([
        ['config.json', config],
        ['shards/model.safetensors', Buffer.concat([weights, Buffer.from(id)])],
        ['manifest.json', Buffer.from(`the files of ${id}`)],
      ]),
    )
})

const pull = (id = 'one', kind: Pullable['kind'] = 'checkpoint', options: PullOptions = {}) =>
  pullFiles(api.client, { kind, id }, out, { retryMs: 1, ...options })
const had = (pulled: Awaited<ReturnType<typeof pull>>) =>
  pulled.files.filter((file) => file.had).map(({ path }) => path)
const read = async (path: string) => (await readFile(join(out, path))).toString()
const listing = async () => (await readdir(out, { recursive: true })).sort()
const all = ['config.json', 'manifest.json', 'shards', 'shards/model.safetensors']

describe.each(['dataset', 'checkpoint'] as const)('pulling a %s', (kind) => {
  test('downloads each file once; a second call finds all of them', async () => {
    const seen: number[] = []
    const before = api.lists()
    const pulled = await pull('one', kind, { onProgress: (_path, done, total) => seen.push(done / total) })
    expect(pulled).toMatchObject({ id: 'one', directory: out })
    expect(pulled.files.map(({ path }) => path)).toEqual(['config.json', 'shards/model.safetensors', 'manifest.json'])
    expect(had(pulled)).toEqual([])
    expect(api.lists()).toBe(before + 1)
    expect(await listing()).toEqual(all)
    expect(await read('shards/model.safetensors')).toBe(`${weights}one`)
    expect([seen.at(-1), [...seen].sort((a, b) => a - b)]).toEqual([1, seen])
    api.downloads.length = 0
    expect(had(await pull('one', kind))).toEqual(['config.json', 'shards/model.safetensors', 'manifest.json'])
    expect(api.downloads).toEqual([])
  })

  test('refuses a directory that holds another, whole or begun, and changes nothing in it', async () => {
    await pull('one', kind)
    await expect(pull('other', kind)).rejects.toThrow(
      `${out} holds something else: the manifest in it is not that of other; name another directory with --out`,
    )
    expect(await read('shards/model.safetensors')).toBe(`${weights}one`)
    out = `${out}-begun`
    api.faults.push(...brokenOften())
    await expect(pull('one', kind)).rejects.toThrow()
    const left = await listing()
    await expect(pull('other', kind)).rejects.toThrow('holds something else')
    expect(await listing()).toEqual(left)
  })
})

/** Lets the manifest through and breaks what comes next as often as it is tried. */
function brokenOften(): FileApi['faults'] {
  return ['none', ...Array.from({ length: 4 }, () => ({ status: 503 }))]
}

describe('a download that breaks', () => {
  test('goes on where it stopped, however often, while it comes further', async () => {
    await pull()
    await rm(join(out, 'shards/model.safetensors'))
    api.downloads.length = 0
    for (let at = 1; at <= 8; at++) api.faults.push({ breakAt: at * 30_000 })
    await pull()
    expect(api.downloads).toHaveLength(9)
    expect(api.downloads[0]).toBe('shards/model.safetensors')
    const offsets = api.downloads.slice(1).map((each) => Number(/ (\d+)-$/.exec(each)?.[1]))
    expect(offsets).toEqual([...offsets].sort((a, b) => a - b))
    expect(offsets.at(-1)).toBeGreaterThan(100_000)
    expect(await read('shards/model.safetensors')).toBe(`${weights}one`)
  })

  test('is given up after four failures in a row; the next call goes on, and the manifest comes last', async () => {
    api.faults.push(...brokenOften())
    await expect(pull()).rejects.toThrow('503')
    expect(await listing()).toEqual(['manifest.json.pending'])
    api.faults.push('none', { breakAt: 100_000 }, ...brokenOften().slice(1))
    await expect(pull()).rejects.toThrow('503')
    expect(await listing()).toEqual(['config.json', 'manifest.json.pending', 'shards', 'shards/model.safetensors.part'])
    api.downloads.length = 0
    api.faults.length = 0
    const pulled = await pull()
    expect(had(pulled)).toEqual(['config.json'])
    expect(api.downloads).toEqual([expect.stringMatching(/^shards\/model\.safetensors \d+-$/)])
    expect(await listing()).toEqual(all)
  })

  test('is not tried again where the answer will not change', async () => {
    api.faults.push({ status: 404 })
    await expect(pull()).rejects.toThrow('404')
    expect(api.downloads).toHaveLength(1)
  })

  test('is tried again with a new address when the old one expired', async () => {
    const before = api.lists()
    api.faults.push({ status: 403 })
    await pull()
    expect(api.downloads).toHaveLength(4)
    expect(api.lists()).toBe(before + 2)
  })
})

describe('what is not as the manifest says', () => {
  test('is no file, however whole it came', async () => {
    api.sent.set('config.json', Buffer.alloc(config.length, 'x'))
    await expect(pull()).rejects.toThrow('what was downloaded as config.json is not the file of the manifest')
    expect(api.downloads.filter((each) => each.startsWith('config.json'))).toHaveLength(1)
    api.sent.set('config.json', Buffer.alloc(config.length * 2, 'x'))
    await expect(pull()).rejects.toThrow('is not the file of the manifest')
    expect(await listing()).toEqual(['manifest.json.pending'])
  })

  test('is fetched anew when it is the part of another file', async () => {
    await mkdir(out)
    await writeFile(join(out, 'config.json.part'), 'abc')
    await pull()
    expect(api.downloads.slice(1, 3)).toEqual(['config.json 3-', 'config.json'])
    expect(await read('config.json')).toBe(String(config))
  })

  test('is mended in a directory of ours, which has no manifest meanwhile', async () => {
    await pull()
    await writeFile(join(out, 'config.json'), 'changed')
    api.faults.push({ status: 404 })
    await expect(pull()).rejects.toThrow('404')
    expect(await listing()).toContain('manifest.json.pending')
    expect(await listing()).not.toContain('manifest.json')
    expect(had(await pull())).toEqual(['shards/model.safetensors'])
    expect(await read('config.json')).toBe(String(config))
    expect(await listing()).toEqual(all)
  })

  test('is left alone in a directory of somebody else', async () => {
    await mkdir(out)
    await writeFile(join(out, 'config.json'), 'mine')
    await expect(pull()).rejects.toThrow(
      `the config.json in ${out} is not that of one, and would be overwritten; name another directory with --out`,
    )
    expect([await read('config.json'), await listing()]).toEqual(['mine', ['config.json']])
  })

  test('never leads out of the directory', async () => {
    for (const path of ['../outside', '/tmp/outside', 'a/../../outside']) {
      api.files.get('one')?.set(path, Buffer.from('x'))
      await expect(pull()).rejects.toThrow(`the file name ${JSON.stringify(path)} is not acceptable`)
      api.files.get('one')?.delete(path)
    }
    expect(api.downloads).toEqual([])
  })

  test('has a manifest, or cannot be told from another', async () => {
    api.files.get('one')?.delete('manifest.json')
    await expect(pull()).rejects.toThrow('one has no manifest.json in the object store')
  })
})
