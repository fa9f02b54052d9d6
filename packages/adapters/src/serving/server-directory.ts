import { join } from 'node:path'
import { z } from 'zod'
import { clearMark, mark, readMark, runDirectoryOf } from '../cluster/run-directory.ts'
import type { RunName } from '../cluster/scheduler.ts'
import { readState, writeState } from '../detached-process/state-file.ts'
import { serverId, serverRunName } from './server-run.ts'

/**
 * What is on record of a deployment's jobs, in a directory on storage that workers and nodes share:
 *
 * - `attempt-N/job.json`        what it was begun for. The directory appears whole, once, for whoever was first
 * - `attempt-N/submitted.json`  the scheduler has taken it
 * - `attempt-N/started.json`    since when its job runs
 * - `attempt-N/address`         its node's and its port, written by the job
 * - `attempt-N/answered.json`   since when the server is there
 * - `attempt-N/silent.json`     since when it does not answer any more
 * - `attempt-N/over.json`       it was released or has failed, and why
 * - `attempt-N/stopped.json`    nothing of it is left on the cluster
 *
 * The highest N is the current one.
 */
export type ServerDirectory = {
  /** Null when there was none. */
  attempt(): ServerAttempt | null
  /** Attempt `number`, whether or not there is one. */
  nth(number: number): ServerAttempt
  /** Opens attempt `number`, unless somebody has. */
  open(
    number: number,
    begun: { readonly failedStarts: number; readonly because: string | null; readonly path: string },
  ): ServerAttempt
}

export type ServerAttempt = {
  readonly number: number
  readonly run: RunName
  /** Attempts just before, in a row, whose server ended before it answered. */
  readonly failedStarts: number
  /** Why the attempt before was not the last. */
  readonly because: string | null
  since(what: 'submitted' | 'started' | 'answered' | 'silent' | 'stopped'): Date | null
  note(what: 'submitted' | 'started' | 'answered' | 'silent' | 'stopped', at: Date): void
  /** The server answers again. */
  noteAnswer(at: Date): void
  /** How it ended for good; null while it has not. */
  end(): ServerEnd | null
  noteEnd(end: ServerEnd): void
}

export const ServerEnd = z.strictObject({
  at: z.coerce.date(),
  kind: z.enum(['released', 'failed']),
  reason: z.string(),
})
export type ServerEnd = z.infer<typeof ServerEnd>

const Begun = z.looseObject({ failedStarts: z.number().int().min(0), because: z.string().nullable() })

export function serverDirectoryOf(root: string, name: string): ServerDirectory {
  const id = serverId(name)
  const runs = runDirectoryOf(root, id)
  const attemptOf = (number: number): ServerAttempt => {
    const run = serverRunName(id, runs.path, number)
    const { directory } = run
    const begun = readState(join(directory, 'job.json'), Begun)
    const endFile = join(directory, 'over.json')
    return {
      number,
      run,
      failedStarts: begun?.failedStarts ?? 0,
      because: begun?.because ?? null,
      since: (what) => readMark(directory, what),
      note: (what, at) => mark(directory, what, at),
      noteAnswer: (at) => {
        if (readMark(directory, 'answered') === null) mark(directory, 'answered', at)
        clearMark(directory, 'silent')
      },
      end: () => readState(endFile, ServerEnd),
      noteEnd: (end) => writeState(endFile, end),
    }
  }
  return {
    nth: attemptOf,
    attempt: () => {
      const number = runs.attempt()?.number
      return number === undefined ? null : attemptOf(number)
    },
    open: (number, begun) => {
      runs.openAttempt(number, { attempt: number, uncounted: 0, fruitless: 0, name, ...begun })
      return attemptOf(number)
    },
  }
}
