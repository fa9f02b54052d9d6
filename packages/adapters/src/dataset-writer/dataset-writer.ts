import { createHash } from 'node:crypto'
import { canonicalJson } from '@ratchet/domain/dataset/canonical-json.ts'
import { datasetLine } from '@ratchet/domain/dataset/describe-dataset.ts'
import { type DatasetFile, DatasetManifest } from '@ratchet/domain/dataset-version.ts'
import type { DatasetWriter, WritableDataset } from '@ratchet/ports/dataset-writer.ts'
import { ObjectNotFound, type ObjectStore } from '@ratchet/ports/object-store.ts'
import { PortError } from '@ratchet/ports/port-error.ts'
import { deterministicGzip, unpackGzip } from './deterministic-gzip.ts'
import { failureOfScratch } from './failure-of-scratch.ts'
import { parquetOf, sameParquetRows } from './parquet.ts'
import { divideRows, type RowPart } from './row-parts.ts'
import { withScratch } from './scratch.ts'

export type DatasetWriterSettings = {
  readonly objects: ObjectStore
  /** On this machine, made when absent; needs room for about two of the largest files. */
  readonly scratchDirectory: string
  /** How many bytes of lines one file holds at most, uncompressed. */
  readonly maxFileBytes?: number
}

/**
 * Dataset versions as `train-*.jsonl.gz` and `train-*.parquet`, then `README.md`, then `manifest.json`.
 *
 * A row file that is there already and has the right rows stays as it is, whoever wrote it; so writers at the same time, even of other
 * releases or on other processors, whose compressed bytes may differ, agree on the files and on the manifest.
 */
export function createDatasetWriter(settings: DatasetWriterSettings): DatasetWriter {
  const { objects, scratchDirectory, maxFileBytes = 256 * 2 ** 20 } = settings
  return {
    async write(version) {
      checkRows(version)
      const finished = await finishedFiles(objects, version)
      if (finished !== null) return finished
      const files: DatasetFile[] = []
      try {
        await withScratch(scratchDirectory, async (scratch) => {
          for (const part of divideRows(version.rows, maxFileBytes))
            files.push(...(await writePart(objects, version, part, scratch)))
        })
      } catch (error) {
        throw failureOfScratch(scratchDirectory, version.id, error)
      }
      files.sort((a, b) => (a.path < b.path ? -1 : 1))
      await removeOthers(objects, version, files)
      const put = (path: string, content: string, contentType: string) =>
        objects.put(`${version.prefix}${path}`, Buffer.from(content, 'utf8'), { contentType })
      await put('README.md', version.card, 'text/markdown; charset=utf-8')
      await put('manifest.json', manifestText({ ...version.manifest, files }), 'application/json')
      return files
    },
  }
}

/** Throws when the manifest describes other rows: what is stored under it would be wrong for good. */
function checkRows({ id, manifest, rows }: WritableDataset): void {
  const hash = createHash('sha256')
  for (const row of rows) hash.update(datasetLine(row))
  if (manifest.rows !== rows.length || manifest.rowsSha256 !== hash.digest('hex'))
    throw new PortError(`the manifest of ${id} does not describe its rows`, { retryable: false })
}

/** The row files of a version that is whole, else null. Throws when another version has its place. */
async function finishedFiles(objects: ObjectStore, version: WritableDataset): Promise<readonly DatasetFile[] | null> {
  const { id, manifest, prefix } = version
  const stored = await getOrNull(objects, `${prefix}manifest.json`)
  if (stored === null) return null
  const found = readManifest(stored)
  if (found === null || contentOf(found) !== contentOf(manifest))
    throw new PortError(`${prefix}manifest.json is not that of ${id}: somebody changed it`, { retryable: false })
  const sizes = await Promise.all(found.files.map(({ path }) => objects.head(`${prefix}${path}`)))
  const whole = found.files.every(({ bytes }, at) => sizes[at]?.bytes === bytes)
  return whole && (await objects.head(`${prefix}README.md`)) !== null ? found.files : null
}

function readManifest(bytes: Uint8Array): DatasetManifest | null {
  try {
    return DatasetManifest.parse(JSON.parse(Buffer.from(bytes).toString('utf8')))
  } catch {
    return null
  }
}

function contentOf({ files: _files, ...content }: DatasetManifest): string {
  return canonicalJson(content)
}

/** Canonical but for the white space, for people. */
function manifestText(manifest: DatasetManifest): string {
  return `${JSON.stringify(JSON.parse(canonicalJson(manifest)), null, 2)}\n`
}

async function writePart(
  objects: ObjectStore,
  { kind, prefix }: WritableDataset,
  { name, rows }: RowPart,
  scratch: string,
): Promise<readonly DatasetFile[]> {
  const place = async (
    format: DatasetFile['format'],
    bytes: Uint8Array,
    hasSameRows: (stored: Uint8Array) => Promise<boolean>,
  ): Promise<DatasetFile> => {
    const path = `${name}.${format}`
    const kept = await putUnlessSame(objects, `${prefix}${path}`, bytes, contentTypes[format], hasSameRows)
    const sha256 = createHash('sha256').update(kept).digest('hex')
    return { path, format, rows: rows.length, bytes: kept.length, sha256 }
  }
  const lines = Buffer.concat(rows.map((row) => Buffer.from(datasetLine(row), 'utf8')))
  const packed = await place('jsonl.gz', await deterministicGzip(lines), async (stored) => {
    return (await unpackGzip(stored))?.equals(lines) === true
  })
  const parquet = await parquetOf(kind, rows, scratch)
  return [packed, await place('parquet', parquet, (stored) => sameParquetRows(stored, parquet, scratch))]
}

const contentTypes = { 'jsonl.gz': 'application/gzip', parquet: 'application/vnd.apache.parquet' } as const

/** Puts a file unless one with the same rows is there; gives the bytes that are then stored. */
async function putUnlessSame(
  objects: ObjectStore,
  key: string,
  bytes: Uint8Array,
  contentType: string,
  hasSameRows: (stored: Uint8Array) => Promise<boolean>,
): Promise<Uint8Array> {
  const { existed } = await objects.put(key, bytes, { ifAbsent: true, contentType })
  if (!existed) return bytes
  const stored = await getOrNull(objects, key)
  if (stored !== null && (Buffer.compare(stored, bytes) === 0 || (await hasSameRows(stored)))) return stored
  await objects.put(key, bytes, { contentType })
  return bytes
}

/** A writer that divided the rows otherwise and never came to its manifest has left files that a pattern over the names would find. */
async function removeOthers(
  objects: ObjectStore,
  { prefix }: WritableDataset,
  files: readonly DatasetFile[],
): Promise<void> {
  const wanted = new Set(files.map(({ path }) => `${prefix}${path}`))
  const others: string[] = []
  for await (const key of objects.list(`${prefix}train-`)) if (!wanted.has(key)) others.push(key)
  for (const key of others) await objects.delete(key)
}

async function getOrNull(objects: ObjectStore, key: string): Promise<Uint8Array | null> {
  return await objects.get(key).catch((error: unknown) => {
    if (error instanceof ObjectNotFound) return null
    throw error
  })
}
