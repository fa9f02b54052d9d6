import type { DatasetKind, DatasetManifest, FunnelStep, PreferenceRow, SftRow } from '../dataset-version.ts'
import { canonicalJson } from './canonical-json.ts'

export type DatasetDescription = {
  readonly kind: DatasetKind
  readonly name: string
  readonly roundIndex: number
  readonly rows: readonly (SftRow | PreferenceRow)[]
  readonly thoughtFormat: string
  readonly curation: unknown
  readonly funnel: readonly FunnelStep[]
  /** Lower-case hex digest of the UTF-8 bytes. */
  readonly sha256: (text: string) => string
}

/** The manifest of a dataset version before its files are written: `files` is empty. */
export function manifestOf({ rows, funnel, sha256, ...head }: DatasetDescription): DatasetManifest {
  return {
    format: 1,
    ...head,
    rows: rows.length,
    rowsSha256: sha256(rows.map(datasetLine).join('')),
    funnel: [...funnel],
    files: [],
  }
}

/** A row as one line of JSON Lines, its line break included; `rowsSha256` is the hash of all of them, and of the unpacked file. */
export function datasetLine(row: SftRow | PreferenceRow): string {
  return `${canonicalJson(row)}\n`
}

/** The id of a dataset version: `ds_` and the first 32 hex digits of the sha256 of its canonical manifest, files excluded. */
export function datasetId(manifest: DatasetManifest, sha256: (text: string) => string): string {
  const { files: _files, ...content } = manifest
  return `ds_${sha256(canonicalJson(content)).slice(0, 32)}`
}
