import { createHash } from 'node:crypto'
import { gunzipSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { datasetLine } from '@ratchet/domain/dataset/describe-dataset.ts'
import { DatasetManifest } from '@ratchet/domain/dataset-version.ts'
import type { DatasetWriter } from '../dataset-writer.ts'
import type { ObjectStore } from '../object-store.ts'
import { PortError } from '../port-error.ts'
import { preferenceRow, sftRow, writable } from './sample-dataset.ts'

/** Writers of a process each, over the same objects. */
export type DatasetWritersUnderTest = {
  readonly writers: readonly [DatasetWriter, DatasetWriter]
  readonly objects: ObjectStore
  close(): Promise<void>
}

function sha256Of(content: string | Uint8Array): string {
  return createHash('sha256').update(content).digest('hex')
}

/** What every DatasetWriter promises. */
export function describeDatasetWriter(name: string, make: () => Promise<DatasetWritersUnderTest>): void {
  describe(`${name} as a DatasetWriter`, () => {
    let world: DatasetWritersUnderTest
    beforeAll(async () => {
      world = await make()
    })
    afterAll(() => world.close())

    const keys = async (prefix: string) => {
      const found: string[] = []
      for await (const key of world.objects.list(prefix)) found.push(key)
      return found
    }
    const everything = async (prefix: string) => {
      const contents: [string, string][] = []
      for (const key of await keys(prefix)) contents.push([key, sha256Of(await world.objects.get(key))])
      return contents
    }
    const textOf = async (key: string) => Buffer.from(await world.objects.get(key)).toString('utf8')

    test.each([
      ['sft rows', 'sft', [sftRow(1), sftRow(0, 'a\u0000b\r\n"😀"\u2028'), sftRow(2, '')]],
      ['preference rows', 'preference', [preferenceRow(0), preferenceRow(1)]],
      ['no rows', 'sft', []],
    ] as const)('writes %s with their hashes, the card, and a manifest that lists them', async (_name, kind, rows) => {
      const version = writable(kind, rows)
      const files = await world.writers[0].write(version)
      expect(files.map(({ path }) => path)).toEqual(files.map(({ path }) => path).toSorted())
      for (const file of files) {
        const bytes = await world.objects.get(`${version.prefix}${file.path}`)
        expect(file).toMatchObject({ bytes: bytes.length, sha256: sha256Of(bytes), rows: expect.any(Number) })
      }
      const packed = files.filter(({ format }) => format === 'jsonl.gz')
      expect(packed.reduce((sum, file) => sum + file.rows, 0)).toBe(rows.length)
      const unpacked = await Promise.all(
        packed.map(async ({ path }) => gunzipSync(await world.objects.get(`${version.prefix}${path}`))),
      )
      expect(Buffer.concat(unpacked).toString('utf8')).toBe(rows.map(datasetLine).join(''))
      expect(sha256Of(Buffer.concat(unpacked))).toBe(version.manifest.rowsSha256)
      expect(await textOf(`${version.prefix}README.md`)).toBe(version.card)
      const manifest = DatasetManifest.parse(JSON.parse(await textOf(`${version.prefix}manifest.json`)))
      expect(manifest).toEqual({ ...version.manifest, files })
      const written = [...files.map(({ path }) => path), 'README.md', 'manifest.json'].map(
        (path) => version.prefix + path,
      )
      expect(await keys(version.prefix)).toEqual(written.toSorted())
    })

    test('gives the same files when the same version is written again, by whomever', async () => {
      const version = writable('sft', [sftRow(0), sftRow(1)], 'again')
      const files = await world.writers[0].write(version)
      const before = await everything(version.prefix)
      expect(await world.writers[1].write(version)).toEqual(files)
      expect(await everything(version.prefix)).toEqual(before)
    })

    test('gives the same files to writers of the same version at the same time', async () => {
      const version = writable(
        'sft',
        [0, 1, 2].map((index) => sftRow(index)),
        'together',
      )
      const [first, ...others] = await Promise.all(
        [...world.writers, ...world.writers].map((each) => each.write(version)),
      )
      for (const other of others) expect(other).toEqual(first)
      const manifest = DatasetManifest.parse(JSON.parse(await textOf(`${version.prefix}manifest.json`)))
      expect(manifest.files).toEqual(first)
      for (const file of first ?? [])
        expect(sha256Of(await world.objects.get(`${version.prefix}${file.path}`))).toBe(file.sha256)
    })

    test('finishes what a writer left that died at any point', async () => {
      const version = writable('preference', [preferenceRow(0)], 'died')
      const files = await world.writers[0].write(version)
      const before = await everything(version.prefix)
      for (const lost of [['manifest.json'], ['manifest.json', 'README.md'], files.map(({ path }) => path)]) {
        for (const path of lost) await world.objects.delete(`${version.prefix}${path}`)
        expect(await world.writers[1].write(version)).toEqual(files)
        expect(await everything(version.prefix)).toEqual(before)
      }
    })

    test('replaces a file that is not what the unfinished version says, and takes away what is not of it', async () => {
      const version = writable('sft', [sftRow(0)], 'broken')
      const files = await world.writers[0].write(version)
      const before = await everything(version.prefix)
      await world.objects.delete(`${version.prefix}manifest.json`)
      for (const { path } of files) await world.objects.put(`${version.prefix}${path}`, Buffer.from('something else'))
      await world.objects.put(`${version.prefix}train-00000-of-00009.parquet`, Buffer.from('old'))
      expect(await world.writers[1].write(version)).toEqual(files)
      expect(await everything(version.prefix)).toEqual(before)
    })

    test('refuses rows that the manifest does not describe, and a place that another version has', async () => {
      const version = writable('sft', [sftRow(0)], 'refused')
      await expect(world.writers[0].write({ ...version, rows: [sftRow(1)] })).rejects.toBeInstanceOf(PortError)
      expect(await keys(version.prefix)).toEqual([])
      await world.writers[0].write(version)
      const other = { ...writable('sft', [sftRow(1)], 'refused'), prefix: version.prefix }
      await expect(world.writers[0].write(other)).rejects.toBeInstanceOf(PortError)
      expect(await textOf(`${version.prefix}README.md`)).toBe(version.card)
    })
  })
}
