import type { Line } from './read-lines.ts'
import { RowId, VerifyRow } from './verify-row.ts'

/** `reason` names the line, the field and the remedy. */
export type ParsedRow =
  | { readonly ok: true; readonly line: number; readonly row: VerifyRow }
  | { readonly ok: false; readonly line: number; readonly id: RowId | null; readonly reason: string }

const remedies: readonly (readonly [field: RegExp, remedy: string])[] = [
  [/^id$/, 'give the row an id, a text or a number; a whole number beyond 2^53 as a text'],
  [/^kind$/, 'write "math", "choice", "exact", "code" or "judge"'],
  [/^gold/, 'write the right answer as a text that is not empty, or a list of such texts'],
  [/^response$/, 'write what the model wrote as a text'],
  [/^problem$/, 'write the question as a text, or leave it out'],
  [/^options\.extract/, 'list some of "boxed", "latex", "expression", "choice", "last-number", "raw"'],
  [/^options\.choices/, 'list the texts of the options, 2 to 26 of them'],
  [/^options\.strict$/, 'write true or false'],
  [/^options\.decimals$/, 'write a whole number from 0 to 100'],
  [/^options\.percent$/, 'write "ignore" or "exact"'],
  [/^options/, 'write an object with any of extract, choices, strict, decimals, percent, or leave it out'],
]

export function parseRow(line: Line): ParsedRow {
  const { number } = line
  const refuse = (id: RowId | null, reason: string): ParsedRow => ({
    ok: false,
    line: number,
    id,
    reason: `line ${number}: ${reason}`,
  })
  if (!line.ok) return refuse(idInHead(line.head), line.reason)
  const value = parseJson(line.text)
  if (value === undefined)
    return refuse(idInHead(line.text.slice(0, 4096)), 'it is not JSON; write one JSON object on a line')
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    return refuse(null, 'it is not an object; write {"id", "kind", "gold", "response"}')
  const parsed = VerifyRow.safeParse(value)
  if (!parsed.success) return refuse(idOf(value), wrongField(value, parsed.error.issues))
  const { kind, gold } = parsed.data
  if (kind === 'code' && typeof gold !== 'string' && gold.length > 1)
    return refuse(idOf(value), 'gold: a row of kind code has one test program; write it as one text')
  return { ok: true, line: number, row: parsed.data }
}

type Issue = { readonly path: readonly PropertyKey[]; readonly message: string; readonly keys?: readonly string[] }

function wrongField(value: object, issues: readonly Issue[]): string {
  const [issue] = issues
  const path = issue?.path.map(String) ?? []
  const [name = ''] = path
  const field = path.join('.')
  const remedy = remedies.find(([pattern]) => pattern.test(field))?.[1] ?? 'correct it'
  if (issue?.keys !== undefined) return `${field} has no ${issue.keys.slice(0, 5).map(show).join(', ')}; ${remedy}`
  const missing = path.length === 1 && !(name in value)
  return missing ? `${field} is missing; ${remedy}` : `${field} is ${show(valueAt(value, path))}; ${remedy}`
}

function valueAt(value: unknown, path: readonly string[]): unknown {
  return path.reduce<unknown>(
    (at, key) => (typeof at === 'object' && at !== null ? Object.entries(at).find(([name]) => name === key)?.[1] : at),
    value,
  )
}

function show(value: unknown): string {
  const text = JSON.stringify(value) ?? 'nothing'
  return text.length > 60 ? `${text.slice(0, 60)}…` : text
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

function idOf(value: object): RowId | null {
  return RowId.safeParse('id' in value ? value.id : undefined).data ?? null
}

/** The id of a line that cannot be parsed as a whole. */
function idInHead(head: string): RowId | null {
  const found = /[{,]\s*"id"\s*:\s*("(?:[^"\\]|\\.){0,1000}"|-?\d{1,30})\s*[,}]/.exec(head)?.[1]
  return found === undefined ? null : (RowId.safeParse(parseJson(found)).data ?? null)
}
