import type {
  DatasetFile,
  DatasetKind,
  DatasetManifest,
  PreferenceRow,
  SftRow,
} from '@ratchet/domain/dataset-version.ts'

/**
 * Writes the files of a dataset version under its prefix: rows as compressed JSON Lines and as Parquet, the manifest and the card.
 *
 * Idempotent: the same version written again, by whichever process, leaves the same bytes and gives the same files. The manifest
 * is written last, so a prefix without one holds an unfinished version.
 */
export interface DatasetWriter {
  /** Gives the files that hold rows, in order of path; the manifest and the card are not among them. */
  write(version: WritableDataset): Promise<readonly DatasetFile[]>
}

export type WritableDataset = {
  readonly id: string
  readonly kind: DatasetKind
  /** `files` is empty; what is stored as `manifest.json` lists them. */
  readonly manifest: DatasetManifest
  readonly rows: readonly (SftRow | PreferenceRow)[]
  /** The content of `README.md`. */
  readonly card: string
  /** Ends in a slash. */
  readonly prefix: string
}
