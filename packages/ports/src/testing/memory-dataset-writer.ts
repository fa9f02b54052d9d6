import { createHash } from 'node:crypto'
import { gzipSync } from 'node:zlib'
import { canonicalJson } from '@ratchet/domain/dataset/canonical-json.ts'
import { datasetLine } from '@ratchet/domain/dataset/describe-dataset.ts'
import { type DatasetFile, DatasetManifest } from '@ratchet/domain/dataset-version.ts'
import type { DatasetWriter } from '../dataset-writer.ts'
import type { ObjectStore } from '../object-store.ts'
import { PortError } from '../port-error.ts'

/** Writes versions into `objects` with all rows in one file of JSON Lines and none of Parquet; for objects in memory. */
export function createMemoryDatasetWriter(objects: ObjectStore): DatasetWriter {
  return {
    async write({ id, manifest, rows, card, prefix }) {
      const lines = Buffer.from(rows.map(datasetLine).join(''), 'utf8')
      if (sha256Of(lines) !== manifest.rowsSha256 || rows.length !== manifest.rows)
        throw new PortError(`the manifest of ${id} does not describe its rows`, { retryable: false })
      if ((await objects.head(`${prefix}manifest.json`)) !== null) {
        const stored = await objects.get(`${prefix}manifest.json`)
        const found = DatasetManifest.parse(JSON.parse(Buffer.from(stored).toString('utf8')))
        if (canonicalJson({ ...found, files: [] }) !== canonicalJson({ ...manifest, files: [] }))
          throw new PortError(`${prefix}manifest.json is not that of ${id}`, { retryable: false })
      }
      const path = 'train-00000-of-00001.jsonl.gz'
      const bytes = gzipSync(lines)
      const file = {
        path,
        format: 'jsonl.gz',
        rows: rows.length,
        bytes: bytes.length,
        sha256: sha256Of(bytes),
      } as const
      const files: DatasetFile[] = [file]
      for await (const key of objects.list(`${prefix}train-`)) if (key !== prefix + path) await objects.delete(key)
      await objects.put(prefix + path, bytes)
      await objects.put(`${prefix}README.md`, Buffer.from(card, 'utf8'))
      await objects.put(`${prefix}manifest.json`, Buffer.from(JSON.stringify({ ...manifest, files }), 'utf8'))
      return files
    },
  }
}

function sha256Of(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex')
}
