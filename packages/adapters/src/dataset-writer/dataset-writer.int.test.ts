import { execFileSync, spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, utimesSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { gunzipSync, gzipSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import type { SftRow } from '@ratchet/domain/dataset-version.ts'
import type { WritableDataset } from '@ratchet/ports/dataset-writer.ts'
import { PortError } from '@ratchet/ports/port-error.ts'
import { describeDatasetWriter } from '@ratchet/ports/testing/dataset-writer-contract.ts'
import { createMemoryObjectStore } from '@ratchet/ports/testing/memory-object-store.ts'
import { preferenceRow, sftRow, writable } from '@ratchet/ports/testing/sample-dataset.ts'
import { createDirectoryStore } from '../object-store/directory.ts'
import { findRealPython } from '../testing/real-python.ts'
import { canMount, withSmallDisk } from '../testing/small-disk.ts'
import { createDatasetWriter } from './dataset-writer.ts'
import { parquetColumns } from './parquet.ts'
import { pattern, query, quoted, readParquet } from './testing/read-parquet.ts'

const root = fileURLToPath(new URL('../../../../', import.meta.url))
// A path that SQL and patterns over paths would misread.
const temporary = () => mkdtempSync(join(tmpdir(), "ratchet-d'ata[1]*?-"))

function makeWriter(directory: string, maxFileBytes?: number) {
  const objects = createDirectoryStore({ directory: join(directory, 'objects') })
  const scratchDirectory = join(directory, 'scratch')
  return { objects, writer: createDatasetWriter({ objects, scratchDirectory, ...(maxFileBytes && { maxFileBytes }) }) }
}

describeDatasetWriter('DuckDB and a directory', async () => {
  const directory = temporary()
  const [{ objects, writer }, other] = [makeWriter(directory), makeWriter(directory)]
  return { objects, writers: [writer, other.writer], close: async () => rmSync(directory, { recursive: true }) }
})

const odd = [
  sftRow(0, 'a\u0000b "quoted" \\ud800 \r\n\u2028 😀'),
  sftRow(1, ''),
  sftRow(2, 'x'.repeat(20_000_000)),
  { ...sftRow(3), prompt: [], perplexity: 0.1 + 0.2 },
  { ...sftRow(4), perplexity: 5e-324, completionTokens: Number.MAX_SAFE_INTEGER },
] satisfies SftRow[]

describe('dataset files', () => {
  let directory: string
  beforeAll(() => {
    directory = temporary()
  })
  afterAll(() => rmSync(directory, { recursive: true }))
  const fresh = (name: string, maxFileBytes?: number) => {
    const path = join(directory, name)
    mkdirSync(path)
    return { path, ...makeWriter(path, maxFileBytes) }
  }
  const many = (count: number) =>
    Array.from({ length: count }, (_, index) => sftRow(index, `${index} `.repeat(index % 90)))

  test.each([
    ['odd sft rows', 'sft', odd],
    ['preference rows', 'preference', [preferenceRow(0), preferenceRow(1)]],
    ['no rows', 'sft', []],
  ] as const)('hold the same as JSON Lines and as Parquet: %s', async (name, kind, rows) => {
    const { writer, path } = fresh(name)
    const version = writable(kind, rows)
    const files = await writer.write(version)
    const place = join(path, 'objects', version.prefix)
    const lines = gunzipSync(readFileSync(join(place, files[0]!.path)))
      .toString()
      .split('\n')
      .slice(0, -1)
    const fromJson: unknown[] = lines.map((line) => JSON.parse(line))
    expect(fromJson).toEqual(rows)
    const parquet = await readParquet(place, files[1]!.path)
    expect(parquet.columns).toEqual(parquetColumns[kind])
    expect(parquet.rows).toEqual(rows)
    expect(files.map(({ rows, format }) => ({ rows, format }))).toEqual([
      { rows: rows.length, format: 'jsonl.gz' },
      { rows: rows.length, format: 'parquet' },
    ])
    expect(readdirSync(join(path, 'scratch'))).toEqual([])
  })

  test('are divided by the bytes of their lines, in order', async () => {
    const { writer, path } = fresh('divided', 100_000)
    const version = writable('sft', [...many(500), sftRow(500, 'long '.repeat(50_000)), sftRow(501)])
    const files = await writer.write(version)
    const count = files.length / 2
    expect(count).toBeGreaterThan(3)
    const name = (at: number) => `train-${String(at).padStart(5, '0')}-of-${String(count).padStart(5, '0')}`
    expect(files.map((file) => file.path)).toEqual(
      Array.from({ length: count }, (_, at) => [`${name(at)}.jsonl.gz`, `${name(at)}.parquet`]).flat(),
    )
    const place = join(path, 'objects', version.prefix)
    const rows: unknown[] = []
    for (const file of files) {
      if (file.format === 'parquet') rows.push(...(await readParquet(place, file.path)).rows)
      else {
        const content = gunzipSync(readFileSync(join(place, file.path)))
        expect(file.rows === 1 || content.length <= 100_000).toBe(true)
      }
    }
    expect(rows).toEqual(version.rows)
  })

  test('have a lone surrogate as U+FFFD in Parquet, as it was in JSON Lines', async () => {
    const { writer, path } = fresh('surrogate')
    const text = 'a\ud800\udbff \\ud800 \\\udc00'
    const version = writable('sft', [sftRow(0, text)])
    const [lines, parquet] = await writer.write(version)
    const place = join(path, 'objects', version.prefix)
    expect(JSON.parse(gunzipSync(readFileSync(join(place, lines!.path))).toString())).toEqual(sftRow(0, text))
    const { rows } = await readParquet(place, parquet!.path)
    expect(rows).toEqual([sftRow(0, 'a\ufffd\ufffd \\ud800 \\\ufffd')])
  })

  test('have the same bytes wherever and by whichever process they are written', async () => {
    const version = writable('sft', many(3000))
    const written = await Promise.all(['here', 'there'].map((name) => fresh(name).writer.write(version)))
    const elsewhere = fresh('elsewhere')
    const child = startWriter(elsewhere.path, 3000)
    let said = ''
    for await (const data of child.stdout) said += data
    expect(JSON.parse(said)).toEqual(written[0])
    expect(written[1]).toEqual(written[0])
  })

  test('are finished after their writer was killed, at whatever point', async () => {
    const version = writable('sft', many(1000))
    const whole = fresh('whole', 20_000)
    const files = await whole.writer.write(version)
    for (const objectsSeen of [1, 4, 9]) {
      const { path, objects, writer } = fresh(`killed-${objectsSeen}`, 20_000)
      const child = startWriter(path, 1000, 20_000)
      const ended = once(child, 'close')
      try {
        while ((await keysOf(objects, version)).length < objectsSeen) await new Promise((next) => setTimeout(next, 5))
      } finally {
        child.kill('SIGKILL')
        await ended
      }
      expect(await objects.head(`${version.prefix}manifest.json`)).toBeNull()
      expect(await writer.write(version)).toEqual(files)
      expect(await contentsOf(objects, version)).toEqual(await contentsOf(whole.objects, version))
    }
  })

  test('stay as they are where they have the right rows in other bytes, and the manifest says so', async () => {
    const { writer, objects, path } = fresh('other')
    const version = writable('sft', many(10))
    const [lines, parquet] = await writer.write(version)
    await objects.delete(`${version.prefix}manifest.json`)
    const place = join(path, 'objects', version.prefix)
    const repacked = gzipSync(gunzipSync(readFileSync(join(place, lines!.path))), { level: 1 })
    await objects.put(`${version.prefix}${lines!.path}`, repacked)
    const uncompressed = join(path, 'uncompressed.parquet')
    await query(
      `COPY (FROM read_parquet('${pattern(join(place, parquet!.path))}')) TO '${quoted(uncompressed)}' (COMPRESSION uncompressed)`,
    )
    await objects.put(`${version.prefix}${parquet!.path}`, readFileSync(uncompressed))
    const again = await writer.write(version)
    expect(again.map(({ bytes }) => bytes)).toEqual([repacked.length, readFileSync(uncompressed).length])
    expect(again.map(({ sha256 }) => sha256)).not.toEqual([lines!.sha256, parquet!.sha256])
    expect(await writer.write(version)).toEqual(again)
  })

  test('need a place to be made in, and what a dead writer left there goes after a day', async () => {
    const { path, objects, writer } = fresh('scratch')
    const left = ['dataset-old', 'dataset-young', 'other'].map((name) => join(path, 'scratch', name))
    for (const each of left) mkdirSync(each, { recursive: true })
    const yesterday = Date.now() / 1000 - 25 * 60 * 60
    for (const each of [left[0]!, left[2]!]) utimesSync(each, yesterday, yesterday)
    await writer.write(writable('sft', many(1)))
    expect(readdirSync(join(path, 'scratch'))).toEqual(['dataset-young', 'other'])
    writeFileSync(join(path, 'file'), '')
    const blocked = createDatasetWriter({ objects, scratchDirectory: join(path, 'file') })
    const writing = blocked.write(writable('sft', many(2)))
    await expect(writing).rejects.toBeInstanceOf(PortError)
    await expect(writing).rejects.toThrow(/^cannot make the files of ds_[0-9a-f]{32} in .*file: /)
  })

  const onSmallDisk = canMount() ? test : test.skip
  onSmallDisk(`say that the disk is full${canMount() ? '' : ' (skipped: no mounts here)'}`, async () => {
    await withSmallDisk(async (small) => {
      const objects = createMemoryObjectStore()
      const writer = createDatasetWriter({ objects, scratchDirectory: small })
      const noise = (seed: number) =>
        Array.from({ length: 2500 }, (_, at) => createHash('sha256').update(`${seed} ${at}`).digest('hex')).join('')
      // First too large as lines, then too large only when the Parquet file comes beside them.
      for (const count of [40, 5]) {
        const version = writable(
          'sft',
          Array.from({ length: count }, (_, index) => sftRow(index, noise(index))),
        )
        const full = { retryable: true, message: expect.stringContaining('the disk is full') }
        await expect(writer.write(version)).rejects.toMatchObject(full)
        expect(await objects.head(`${version.prefix}manifest.json`)).toBeNull()
      }
      expect(readdirSync(small)).toEqual([])
      const little = writable('sft', many(2))
      expect(await writer.write(little)).toHaveLength(2)
    })
  })

  const python = pythonWithDatasets()
  const withDatasets = python === null ? test.skip : test
  withDatasets(
    `load by the card with Hugging Face datasets${python === null ? ' (skipped: no Python with the datasets library)' : ''}`,
    async () => {
      // The library itself misreads paths with signs of patterns.
      const path = mkdtempSync(join(tmpdir(), 'ratchet-card-'))
      const { writer } = makeWriter(path, 50_000)
      const versions = [writable('sft', many(300)), writable('preference', [preferenceRow(0)]), writable('sft', [])]
      for (const version of versions) {
        await writer.write(version)
        const script = `
import json, sys
from datasets import load_dataset
train = load_dataset(sys.argv[1], cache_dir=sys.argv[2], streaming=sys.argv[3] == "empty")["train"]
print(json.dumps({"rows": list(train), "columns": train.column_names}))`
        // Nothing but streaming gives the library's users a split without rows.
        const size = version.rows.length === 0 ? 'empty' : 'filled'
        const place = join(path, 'objects', version.prefix)
        const env = {
          ...process.env,
          HF_HUB_OFFLINE: '1',
          HF_HOME: join(path, 'hf'),
          HF_DATASETS_OFFLINE: '1',
          HF_DATASETS_DISABLE_PROGRESS_BARS: '1',
        }
        const said = execFileSync(python ?? '', ['-c', script, place, join(path, 'hf'), size], {
          env,
          maxBuffer: 2 ** 28,
        })
        const loaded: unknown = JSON.parse(String(said).trim().split('\n').at(-1) ?? '')
        expect(loaded).toEqual({ rows: version.rows, columns: Object.keys(parquetColumns[version.kind]) })
      }
      rmSync(path, { recursive: true })
    },
    300_000,
  )
})

/** A process that writes the version of that many rows below `path`, and says the files. */
function startWriter(path: string, count: number, maxFileBytes?: number) {
  const of = (module: string) => JSON.stringify(new URL(module, import.meta.url).href)
  const script = `
    import { sftRow, writable } from '@ratchet/ports/testing/sample-dataset.ts'
    import { createDirectoryStore } from ${of('../object-store/directory.ts')}
    import { createDatasetWriter } from ${of('./dataset-writer.ts')}
    const objects = createDirectoryStore({ directory: ${JSON.stringify(join(path, 'objects'))} })
    const rows = Array.from({ length: ${count} }, (_, index) => sftRow(index, (index + ' ').repeat(index % 90)))
    const scratchDirectory = ${JSON.stringify(join(path, 'scratch'))}
    const writer = createDatasetWriter({ objects, scratchDirectory, maxFileBytes: ${maxFileBytes ?? 'undefined'} })
    console.log(JSON.stringify(await writer.write(writable('sft', rows))))`
  return spawn(process.execPath, ['--import', 'tsx', '--input-type=module', '-e', script], {
    cwd: root,
    stdio: ['ignore', 'pipe', 'inherit'],
  })
}

type Objects = ReturnType<typeof createDirectoryStore>

async function keysOf(objects: Objects, { prefix }: WritableDataset): Promise<string[]> {
  const keys: string[] = []
  for await (const key of objects.list(prefix)) keys.push(key)
  return keys
}

async function contentsOf(objects: Objects, version: WritableDataset): Promise<[string, string][]> {
  const keys = await keysOf(objects, version)
  return await Promise.all(
    keys.map(async (key): Promise<[string, string]> => [key, Buffer.from(await objects.get(key)).toString('base64')]),
  )
}

function pythonWithDatasets(): string | null {
  const python = findRealPython()
  if (python === null) return null
  try {
    execFileSync(python, ['-c', 'import datasets'], { stdio: 'ignore' })
    return python
  } catch {
    return null
  }
}
