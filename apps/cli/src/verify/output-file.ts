import { createReadStream } from 'node:fs'
import { type FileHandle, open, stat } from 'node:fs/promises'
import { tryLock } from '@ratchet/adapters/detached-process/file-lock.ts'
import { UsageError } from '../usage-error.ts'
import { readLines } from './read-lines.ts'
import { createResultSink, type ResultSink } from './result-sink.ts'
import { VerifiedRow } from './verify-row.ts'

/** A file of results that may hold those of an earlier run. */
export type OutputFile = {
  /** The next result that is there already; null when there is no more. A last line that was cut off is none. */
  next(): Promise<VerifiedRow | null>
  /** Cuts the file behind the results that `next` gave, and goes on there. */
  sink(): Promise<ResultSink>
  close(): Promise<void>
}

/** Result lines are as long as their rows at most, and a little more. */
const longestResult = 128 * 2 ** 20

/** Throws UsageError when the file cannot be a result file, is the one `input` names, or when another process writes it. */
export async function openOutputFile(path: string, input?: string): Promise<OutputFile> {
  const there = await stat(path).catch(() => null)
  const read = input === undefined || input === '-' ? null : await stat(input).catch(() => null)
  if (there !== null && there.dev === read?.dev && there.ino === read.ino)
    throw new UsageError(`--output names the file of rows, ${path}: results need a file of their own`)
  if (there !== null && !there.isFile())
    throw new UsageError(`${path} is not a file: leave --output out, or name a file`)
  const lock = lockOf(path)
  let handle: FileHandle | null = null
  let kept = 0
  const results = there === null ? null : keptResults(path, (bytes) => (kept += bytes))
  return {
    async next() {
      const result = await results?.next()
      return result === undefined || result.done === true ? null : result.value
    },
    async sink() {
      await results?.return(undefined)
      const file = await openForAppending(path)
      handle = file
      await file.truncate(kept)
      return createResultSink((text) => file.appendFile(text))
    },
    async close() {
      await results?.return(undefined)
      try {
        await handle?.sync()
      } finally {
        await handle?.close()
        lock.release()
      }
    },
  }
}

function lockOf(path: string) {
  try {
    const lock = tryLock(`${path}.lock`)
    if (lock !== null) return lock
  } catch (error) {
    throw new UsageError(`${path} cannot be written: ${messageOf(error)}`)
  }
  throw new UsageError(`another process writes ${path}: wait for it, or name another file`)
}

async function openForAppending(path: string): Promise<FileHandle> {
  try {
    return await open(path, 'a')
  } catch (error) {
    throw new UsageError(`${path} cannot be written: ${messageOf(error)}`)
  }
}

async function* keptResults(path: string, keep: (bytes: number) => void): AsyncGenerator<VerifiedRow, void, undefined> {
  for await (const line of readLines(createReadStream(path, { highWaterMark: 256 * 1024 }), longestResult)) {
    const parsed = line.ok ? parseJson(line.text) : undefined
    const result = VerifiedRow.safeParse(parsed).data
    const cutOff = !line.ended && (result !== undefined || (line.ok && parsed === undefined && beginsResult(line.text)))
    if (cutOff) return
    if (result === undefined)
      throw new UsageError(`line ${line.number} of ${path} is no result: remove the file, or name another`)
    keep(line.bytes)
    yield result
  }
}

function beginsResult(text: string): boolean {
  const beginning = '{"id":'
  return text.startsWith(beginning) || beginning.startsWith(text)
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
