import { randomUUID } from 'node:crypto'
import { existsSync, mkdirSync, readdirSync, renameSync, rmSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { PortError } from '@ratchet/ports/port-error.ts'
import { z } from 'zod'
import { readState, writeState } from '../detached-process/state-file.ts'

/**
 * What is on record of a job, in its run directory on storage that workers and trainers share:
 *
 * - `attempt-N/job.json`        what the trainer of attempt N reads. The directory appears whole, once, for whoever was first
 * - `attempt-N/submitted.json`  the scheduler has taken it
 * - `attempt-N/started.json`    since when it runs, in the scheduler's words
 * - `attempt-N/stopped.json`    it was silent and still ran, until it was killed then
 * - `attempt-N/paused.json`     it was asked to end so that it can go on later
 * - `attempt-N/…`               what the trainer leaves: see training-evidence
 * - `verdict.json`              our last word about a job whose trainer did not say one; void once a retry has opened an attempt
 * - `work/`, `checkpoint/`      the trainer's, over all attempts
 *
 * The highest N is the fence: a trainer of an earlier attempt writes nothing more once it sees it, and what it leaves is in a
 * directory that nobody reads any more.
 */
export type RunDirectory = {
  readonly path: string
  /** The current attempt; null when there was none. */
  attempt(): Attempt | null
  /** Void when a retry has come since, so that another attempt is now the first that counts. */
  verdict(firstAttempt: number): Verdict | null
  giveVerdict(verdict: Verdict): void
  /** Opens attempt `number`, unless somebody has. */
  openAttempt(number: number, job: JobFile): void
}

export type Attempt = {
  readonly number: number
  /** The first that counts, as the job had it when this one was opened; see isVoid. */
  readonly first: number
  readonly directory: string
  /** Earlier attempts that did not count against the job's. */
  readonly uncounted: number
  /** The attempts just before, in a row, that the cluster ended before they had saved anything. */
  readonly fruitless: number
  /** Why the attempt before was not the last. */
  readonly because: string | null
  readonly submittedAt: Date | null
  readonly startedAt: Date | null
  readonly paused: boolean
}

/** Of what the trainer reads, what we read back. */
export const JobFile = z.looseObject({
  attempt: z.number().int().positive(),
  uncounted: z.number().int().min(0),
  fruitless: z.number().int().min(0),
  firstAttempt: z.number().int().positive().default(1),
  because: z.string().nullish(),
})
export type JobFile = z.input<typeof JobFile>

export const Verdict = z.strictObject({
  attempt: z.number().int(),
  /** The first attempt that counted then. */
  firstAttempt: z.number().int().positive().default(1),
  reason: z.string(),
})
export type Verdict = z.infer<typeof Verdict>

const Mark = z.strictObject({ at: z.iso.datetime() })

export function runDirectoryOf(runs: string, jobId: string): RunDirectory {
  if (!/^[A-Za-z0-9-]+$/.test(jobId))
    throw new PortError(`the job id ${JSON.stringify(jobId)} has other characters than letters, digits and hyphens`, {
      retryable: false,
    })
  const path = join(resolve(runs), jobId)
  const verdictFile = join(path, 'verdict.json')
  return {
    path,
    attempt: () => {
      const number = newestAttempt(path)
      if (number === null) return null
      const directory = attemptDirectory(path, number)
      const job = readState(join(directory, 'job.json'), JobFile)
      return {
        number,
        first: job?.firstAttempt ?? 1,
        directory,
        uncounted: job?.uncounted ?? 0,
        fruitless: job?.fruitless ?? 0,
        because: job?.because ?? null,
        submittedAt: readMark(directory, 'submitted'),
        startedAt: readMark(directory, 'started'),
        paused: readMark(directory, 'paused') !== null,
      }
    },
    verdict: (firstAttempt) => {
      const verdict = readState(verdictFile, Verdict)
      return verdict !== null && verdict.firstAttempt >= firstAttempt ? verdict : null
    },
    giveVerdict: (verdict) => writeState(verdictFile, verdict),
    openAttempt: (number, job) => {
      const draft = join(path, `draft-${randomUUID()}`)
      mkdirSync(draft, { recursive: true })
      writeState(join(draft, 'job.json'), job)
      try {
        renameSync(draft, attemptDirectory(path, number))
      } catch (error) {
        rmSync(draft, { recursive: true, force: true })
        if (!existsSync(attemptDirectory(path, number))) throw error
      }
    },
  }
}

/**
 * Whether a retry has come since the attempt was opened. Its number alone does not tell: an attempt whose submission nobody could report
 * is on no record.
 */
export function isVoid(attempt: Attempt, firstAttempt: number): boolean {
  return attempt.first < firstAttempt
}

export function attemptDirectory(path: string, number: number): string {
  return join(path, `attempt-${number}`)
}

/** `answered` and `silent` are those of a model server; see server-directory. */
type Marked = 'submitted' | 'started' | 'stopped' | 'paused' | 'answered' | 'silent'

export function mark(directory: string, what: Marked, at: Date): void {
  writeState(join(directory, `${what}.json`), { at: at.toISOString() })
}

export function clearMark(directory: string, what: Marked): void {
  rmSync(join(directory, `${what}.json`), { force: true })
}

export function readMark(directory: string, what: Marked): Date | null {
  const found = readState(join(directory, `${what}.json`), Mark)
  return found === null ? null : new Date(found.at)
}

function newestAttempt(path: string): number | null {
  let names: string[]
  try {
    names = readdirSync(path)
  } catch {
    return null
  }
  const numbers = names.flatMap((name) => /^attempt-(\d+)$/.exec(name)?.[1] ?? []).map(Number)
  return numbers.length === 0 ? null : Math.max(...numbers)
}
