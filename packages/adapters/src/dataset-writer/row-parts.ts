import { datasetLine } from '@ratchet/domain/dataset/describe-dataset.ts'
import type { WritableDataset } from '@ratchet/ports/dataset-writer.ts'

type Row = WritableDataset['rows'][number]

/** The rows of one pair of files. */
export type RowPart = {
  /** The name of the files without what says their format, as in `train-00000-of-00001`. */
  readonly name: string
  readonly rows: readonly Row[]
}

/**
 * Divides rows, in their order, into parts whose lines have at most `maxBytes` together; a longer line is a part of its own. There is
 * always one part at least.
 */
export function divideRows(rows: readonly Row[], maxBytes: number): readonly RowPart[] {
  const parts: Row[][] = [[]]
  let bytes = 0
  for (const row of rows) {
    const length = Buffer.byteLength(datasetLine(row), 'utf8')
    if (bytes > 0 && bytes + length > maxBytes) {
      parts.push([])
      bytes = 0
    }
    bytes += length
    parts.at(-1)?.push(row)
  }
  return parts.map((rows, at) => ({ name: `train-${fiveDigits(at)}-of-${fiveDigits(parts.length)}`, rows }))
}

function fiveDigits(number: number): string {
  return String(number).padStart(5, '0')
}
