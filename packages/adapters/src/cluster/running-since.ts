import { join } from 'node:path'
import type { Clock } from '@ratchet/ports/clock.ts'
import { z } from 'zod'
import { readState, writeState } from '../detached-process/state-file.ts'
import type { RunName } from './scheduler.ts'

const Running = z.strictObject({ since: z.iso.datetime() })

/** When a run was first seen running, for schedulers that do not tell when it began. Remembers now when nobody has seen it yet. */
export function runningSince({ directory }: RunName, clock: Clock): Date {
  const file = join(directory, 'running.json')
  const known = readState(file, Running)
  if (known !== null) return new Date(known.since)
  const now = clock.now()
  writeState(file, { since: now.toISOString() })
  return now
}
