import { at } from '@ratchet/domain/recipe/read-tree.ts'
import type { z } from 'zod'
import { HttpProblem } from './http-problem.ts'
import type { FieldError } from './schemas/problem-document.ts'

/** Errors listed at most; more are counted. */
const mostErrors = 20
const mostLineBytes = 16 * 1024 * 1024

/**
 * Reads an upload of JSON Lines (https://jsonlines.org): UTF-8, one object a line, empty lines allowed. Rows are checked as they
 * arrive. Throws a 422 that names every wrong line and field, or a 413; nothing was stored then.
 */
export async function readRows<Row>(
  source: AsyncIterable<Uint8Array>,
  schema: z.ZodType<Row>,
  limits: {
    readonly maxBytes: number
    readonly uniqueBy?: (row: Row) => string
    /** A row as it should be, to be shown beside what is wrong. */
    readonly example?: string
  },
): Promise<Row[]> {
  const rows: Row[] = []
  const errors: FieldError[] = []
  let wrong = 0
  const lineOf = new Map<string, number>()
  const report = (number: number, found: readonly FieldError[]): void => {
    wrong++
    for (const { path, ...rest } of found) {
      if (errors.length < mostErrors)
        errors.push({ path: path === '' ? `line ${number}` : `line ${number}: ${path}`, ...rest })
    }
  }
  for await (const { number, bytes } of linesOf(source, limits.maxBytes)) {
    const read = readLine(bytes, schema)
    if (read.kind === 'empty') continue
    if (read.kind === 'wrong') {
      report(number, read.errors)
      continue
    }
    const name = limits.uniqueBy?.(read.row)
    const earlier = name === undefined ? undefined : lineOf.get(name)
    if (earlier !== undefined) {
      report(number, [
        { path: 'id', message: `${name} occurs already in line ${earlier}`, remedy: 'give every row an id of its own' },
      ])
      continue
    }
    if (name !== undefined) lineOf.set(name, number)
    rows.push(read.row)
  }
  if (wrong > 0)
    throw new HttpProblem(
      422,
      'invalid-rows',
      `${wrong} ${wrong === 1 ? 'line is' : 'lines are'} not valid; nothing was stored${shown(limits.example)}`,
      { errors },
    )
  if (rows.length === 0) throw new HttpProblem(422, 'invalid-rows', 'the upload has no rows; nothing was stored')
  return rows
}

function shown(example: string | undefined): string {
  return example === undefined ? '' : `; a row looks like ${example}`
}

type ReadLine<Row> =
  | { readonly kind: 'empty' }
  | { readonly kind: 'row'; readonly row: Row }
  | { readonly kind: 'wrong'; readonly errors: readonly FieldError[] }

const decoder = new TextDecoder('utf-8', { fatal: true })

function readLine<Row>(bytes: Uint8Array, schema: z.ZodType<Row>): ReadLine<Row> {
  let text: string
  try {
    text = decoder.decode(bytes).trim()
  } catch {
    return wrongLine('is not UTF-8', 'save the file as UTF-8')
  }
  if (text === '') return { kind: 'empty' }
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch (error) {
    return wrongLine(
      `is not JSON: ${error instanceof Error ? error.message : String(error)}`,
      'write one JSON object a line',
    )
  }
  const parsed = schema.safeParse(value)
  if (parsed.success) return { kind: 'row', row: parsed.data }
  return {
    kind: 'wrong',
    errors: parsed.error.issues.map((issue) => {
      const path = issue.path.join('.')
      return { path, message: at(value, path) === undefined ? 'is missing' : issue.message }
    }),
  }
}

function wrongLine(message: string, remedy: string): { kind: 'wrong'; errors: FieldError[] } {
  return { kind: 'wrong', errors: [{ path: '', message, remedy }] }
}

/** Lines with their numbers, counted from 1. */
async function* linesOf(
  source: AsyncIterable<Uint8Array>,
  maxBytes: number,
): AsyncIterable<{ number: number; bytes: Uint8Array }> {
  let pending: Uint8Array[] = []
  let pendingBytes = 0
  let total = 0
  let number = 0
  const take = (): { number: number; bytes: Uint8Array } => {
    const bytes = pending.length === 1 && pending[0] !== undefined ? pending[0] : Buffer.concat(pending)
    pending = []
    pendingBytes = 0
    return { number: ++number, bytes }
  }
  for await (const chunk of source) {
    total += chunk.length
    if (total > maxBytes)
      throw new HttpProblem(413, 'too-large', `the upload is larger than ${maxBytes} bytes; nothing was stored`)
    let start = 0
    for (;;) {
      const end = chunk.indexOf(0x0a, start)
      if (end < 0) break
      pending.push(chunk.subarray(start, end))
      yield take()
      start = end + 1
    }
    const rest = chunk.subarray(start)
    if (rest.length > 0) pending.push(rest)
    pendingBytes += rest.length
    if (pendingBytes > mostLineBytes)
      throw new HttpProblem(
        413,
        'too-large',
        `line ${number + 1} is longer than ${mostLineBytes} bytes; nothing was stored`,
      )
  }
  if (pending.length > 0) yield take()
}
