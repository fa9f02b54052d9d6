import { UsageError } from '../usage-error.ts'
import type { OutputFile } from './output-file.ts'
import { parseRow } from './parse-row.ts'
import { type Line, readLines } from './read-lines.ts'
import type { VerifiedRow } from './verify-row.ts'
import type { WeighedRow } from './verify-stream.ts'

/** A longer line is not read. */
const longestLine = 64 * 2 ** 20

/** The rows of a stream that have no result in `output` yet; blank lines are none. Throws UsageError when the results are not of these rows. */
export async function* remainingRows(
  stream: AsyncIterable<Uint8Array>,
  output: OutputFile | null,
  seen: { readonly onBytes: (bytes: number) => void; readonly onKept: (result: VerifiedRow) => void },
): AsyncGenerator<WeighedRow> {
  let kept = output
  for await (const line of readLines(stream, longestLine)) {
    seen.onBytes(line.bytes)
    if (isBlank(line)) continue
    const parsed = parseRow(line)
    const result = (await kept?.next()) ?? null
    if (result === null) {
      kept = null
      yield { parsed, bytes: line.bytes }
      continue
    }
    const id = parsed.ok ? parsed.row.id : parsed.id
    if (result.id !== id)
      throw new UsageError(
        `the output is of other rows: line ${line.number} of the input has the id ${JSON.stringify(id)}, its result ${JSON.stringify(result.id)}; remove the output, or name another file`,
      )
    seen.onKept(result)
  }
  if (kept !== null && (await kept.next()) !== null)
    throw new UsageError('the output has more results than the input has rows: remove it, or name another file')
}

function isBlank(line: Line): boolean {
  return line.ok && line.text.trim() === ''
}
