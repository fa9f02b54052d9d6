import { randomUUID } from 'node:crypto'
import { closeSync, fsyncSync, openSync, readFileSync, renameSync, writeSync } from 'node:fs'
import type { z } from 'zod'

/** Null when the file is absent or is not what it should be. */
export function readState<State>(path: string, schema: z.ZodType<State>): State | null {
  try {
    return schema.safeParse(JSON.parse(readFileSync(path, 'utf8'))).data ?? null
  } catch {
    return null
  }
}

/** Atomic and durable: readers see the whole old or the whole new state. */
export function writeState(path: string, state: unknown): void {
  const draft = `${path}.${randomUUID()}`
  const file = openSync(draft, 'w', 0o600)
  try {
    writeSync(file, `${JSON.stringify(state)}\n`)
    fsyncSync(file)
  } finally {
    closeSync(file)
  }
  renameSync(draft, path)
}

/** The end of a text file that others write, whole lines; empty when there is none. */
export function tailLines(path: string, count: number): string[] {
  let text: string
  try {
    text = readFileSync(path, 'utf8')
  } catch {
    return []
  }
  const lines = text.split('\n')
  if (lines.at(-1) === '') lines.pop()
  return count <= 0 ? [] : lines.slice(-count)
}
