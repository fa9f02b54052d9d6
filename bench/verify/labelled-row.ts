import { createHash } from 'node:crypto'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

/** A response with its problem's gold and whether its final answer is right. */
export interface LabelledRow {
  readonly file: string
  readonly id: string
  readonly gold: string
  readonly response: string
  readonly label: boolean
  /** A hash of gold and response. */
  readonly key: string
}

/** Programs are judged by tests, and the answers of the Game of 24 are expressions that must use four given numbers. */
const leftOut: readonly string[] = ['code_reflexion', 'game24']

/** The names of the files of a directory that can be compared: `responses_<name>.jsonl`. Throws when there are none. */
export function comparableFiles(directory: string): string[] {
  const names = existsSync(directory) ? readdirSync(directory) : []
  const files = names.flatMap((name) => /^responses_(.+)\.jsonl$/.exec(name)?.[1] ?? [])
  const comparable = files.filter((file) => !leftOut.includes(file)).sort()
  if (comparable.length === 0)
    throw new Error(`there is no responses_*.jsonl in ${directory}: name the directory in RATCHET_TEST_DATA`)
  return comparable
}

/** The rows of a file that have a gold, a response and a label, in the file's order. */
export function readLabelledRows(directory: string, file: string): LabelledRow[] {
  const lines = readFileSync(join(directory, `responses_${file}.jsonl`), 'utf8').split('\n')
  return lines.flatMap((line) => (line.trim() === '' ? [] : labelledRow(file, JSON.parse(line))))
}

function labelledRow(file: string, row: Readonly<Record<string, unknown>>): LabelledRow[] {
  const { id, answer, response, label } = row
  if (typeof response !== 'string' || response === '' || typeof label !== 'boolean') return []
  if ((typeof answer !== 'string' && typeof answer !== 'number') || answer === '') return []
  const gold = String(answer)
  const key = createHash('sha256')
    .update(JSON.stringify([gold, response]))
    .digest('hex')
    .slice(0, 24)
  return [{ file, id: String(id), gold, response, label, key }]
}

/** `count` of the rows in their order, drawn by a seed; all of them when there are no more. */
export function sampleRows(rows: readonly LabelledRow[], count: number, seed: number): LabelledRow[] {
  const rank = (row: LabelledRow) => createHash('sha256').update(`${seed} ${row.id} ${row.key}`).digest('hex')
  const ranked = rows.map((row) => [rank(row), row] as const).sort(([a], [b]) => (a < b ? -1 : 1))
  const drawn = new Set(ranked.slice(0, count).map(([, row]) => row))
  return rows.filter((row) => drawn.has(row))
}
