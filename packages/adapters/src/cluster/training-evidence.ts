import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import type { JobProgress } from '@ratchet/ports/cluster.ts'
import { z } from 'zod'
import { readState } from '../detached-process/state-file.ts'
import { type StepPace, stepPace } from './step-pace.ts'
import { eventsFrom, lastEvents, type TrainingEvent } from './training-events.ts'

/** What a trainer leaves in its attempt's directory: `events.jsonl`, one line an event, and `result.json`, its last word. */

export const TrainingResult = z.looseObject({
  attempt: z.number().int(),
  state: z.enum(['succeeded', 'failed', 'preempted']),
  reason: z.string().nullish(),
  metrics: z.record(z.string(), z.unknown()).nullish(),
  checkpoint: z.string().nullish(),
  manifestSha256: z.string().nullish(),
  /** Of a failure: whether a further attempt may do better. */
  retryable: z.boolean().nullish(),
  checkpointUri: z.string().nullish(),
})
export type TrainingResult = z.infer<typeof TrainingResult>

/** Whether it failed for a reason that may pass. */
export function isRetryable({ state, retryable }: TrainingResult): boolean {
  return state === 'failed' && retryable === true
}

/** Null when there is none, or it is another attempt's. */
export function readResult(attemptDirectory: string): TrainingResult | null {
  const result = readState(join(attemptDirectory, 'result.json'), TrainingResult)
  return result !== null && basename(attemptDirectory) === `attempt-${result.attempt}` ? result : null
}

export type TrainingActivity = {
  readonly heartbeatAt: Date | null
  readonly progress: JobProgress | null
  readonly pace: StepPace
}

const quietBytes = 8 * 1024 * 1024

/** The newest sign of life, the newest step, and how fast the last ones were. */
export function readActivity(attemptDirectory: string): TrainingActivity {
  const newest = lastEvents(attemptDirectory)
  // The heartbeats of hours push the last step out of what is read.
  const isQuiet = newest.length > 0 && newest.every(({ kind }) => kind === 'heartbeat')
  const events = isQuiet ? lastEvents(attemptDirectory, quietBytes) : newest
  const last = events.at(-1)
  return {
    heartbeatAt: last === undefined ? null : new Date(last.at),
    progress: progressOf(events),
    pace: stepPace(events),
  }
}

/** Whether the attempt has saved a checkpoint, or pushed a file of the last one, for the next to go on from. Reads all of its events, so it is for attempts that have ended. */
export function hasSaved(attemptDirectory: string): boolean {
  for (let offset = 0; ; ) {
    const { events, end } = eventsFrom(attemptDirectory, offset)
    if (events.some((event) => event.kind === 'save' || event.kind === 'pushed')) return true
    if (end === offset) return false
    offset = end
  }
}

/** Of trained weights on their way to the object store. */
function pushOf(events: readonly TrainingEvent[]): JobProgress | null {
  const last = events.findLast(({ kind }) => kind === 'step' || kind === 'push' || kind === 'done')
  if (last?.kind !== 'push') return null
  const { bytes, totalBytes, step, maxSteps } = last
  const share = totalBytes == null || totalBytes === 0 ? 1 : (bytes ?? 0) / totalBytes
  return {
    phase: `pushing the checkpoint, ${Math.floor(100 * Math.min(1, Math.max(0, share)))} %`,
    step: Math.round(step ?? 0),
    maxSteps: Math.round(maxSteps ?? step ?? 0),
    loss: events.findLast((event) => event.kind === 'step')?.loss ?? null,
    tokensPerSecond: null,
    expectedEndAt: null,
  }
}

function progressOf(events: readonly TrainingEvent[]): JobProgress | null {
  const push = pushOf(events)
  if (push !== null) return push
  const step = events.findLast((event) => event.kind === 'step')
  if (step === undefined) return null
  const phase = events.findLast((event) => event.kind === 'phase')
  const first = events.find((event) => event.kind === 'step' && event.phase === step.phase)
  const done = Math.round(step.step ?? 0)
  const maxSteps = Math.round(step.maxSteps ?? phase?.maxSteps ?? 0)
  const seconds = (Date.parse(step.at) - Date.parse(first?.at ?? step.at)) / 1000
  const steps = done - (first?.step ?? done)
  const tokens = (step.tokens ?? 0) - (first?.tokens ?? 0)
  return {
    phase: phase?.method ?? String(step.phase ?? 'training'),
    step: done,
    maxSteps,
    loss: step.loss ?? null,
    tokensPerSecond: seconds > 0 && tokens > 0 ? tokens / seconds : null,
    expectedEndAt:
      seconds > 0 && steps > 0
        ? new Date(Date.parse(step.at) + Math.max(0, maxSteps - done) * (seconds / steps) * 1000)
        : null,
  }
}

const Manifest = z.looseObject({ canary: z.unknown() })

/** A checkpoint's canary, from its manifest. Throws one sentence when the manifest is not the one that the trainer named. */
export function readCanary(checkpointPath: string, manifestSha256: string): unknown {
  const bytes = readFileSync(join(checkpointPath, 'manifest.json'))
  const sha256 = createHash('sha256').update(bytes).digest('hex')
  if (sha256 !== manifestSha256)
    throw new Error(`the manifest in ${checkpointPath} has the hash ${sha256}, the trainer reported ${manifestSha256}`)
  return Manifest.parse(JSON.parse(bytes.toString('utf8'))).canary ?? null
}
