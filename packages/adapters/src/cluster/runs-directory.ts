import { randomUUID } from 'node:crypto'
import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { PortError } from '@ratchet/ports/port-error.ts'
import { errorCode } from '../embedded/error-code.ts'
import { failureOfDirectory } from '../object-store/directory-failure.ts'

/** Throws PortError where a first attempt at the job could not be opened now. Makes the directory where there is none, and leaves nothing in it. */
export function checkRunsDirectory(runsDirectory: string, jobId: string): void {
  const draft = join(resolve(runsDirectory), `draft-${randomUUID()}`)
  try {
    mkdirSync(draft, { recursive: true })
    try {
      writeFileSync(join(draft, 'job.json'), '{}')
    } finally {
      rmSync(draft, { recursive: true, force: true })
    }
  } catch (error) {
    throw failureOfOpening(runsDirectory, { jobId, attempt: 1 }, error)
  }
}

/** The error of an attempt that could not be opened, with what an operator can do about it where it is one of the file system. */
export function failureOfOpening(
  runsDirectory: string,
  { jobId, attempt }: { readonly jobId: string; readonly attempt: number },
  error: unknown,
): unknown {
  if (error instanceof PortError || errorCode(error) === undefined) return error
  return failureOfDirectory(runsDirectory, `begin attempt ${attempt} of ${jobId}`, error)
}
