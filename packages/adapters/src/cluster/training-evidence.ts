import { createHash } from 'node:crypto'
import { closeSync, fstatSync, openSync, readFileSync, readSync } from 'node:fs'
import { join } from 'node:path'
import type { JobProgress } from '@ratchet/ports/cluster.ts'
import { z } from 'zod'
import { readState } from '../detached-process/state-file.ts'

/** What a trainer leaves in its run directory. Evidence of another attempt than the one asked for does not count. */

const Event = z.looseObject({
  at: z.iso.datetime(),
  attempt: z.number().int(),
  kind: z.string(),
  phase: z.union([z.string(), z.number()]).nullish(),
  method: z.string().nullish(),
  step: z.number().nullish(),
  maxSteps: z.number().nullish(),
  loss: z.number().nullish(),
})
type Event = z.infer<typeof Event>

export const TrainingResult = z.looseObject({
  attempt: z.number().int(),
  state: z.enum(['succeeded', 'failed', 'preempted']),
  reason: z.string().nullish(),
  metrics: z.record(z.string(), z.unknown()).nullish(),
  checkpoint: z.string().nullish(),
  manifestSha256: z.string().nullish(),
})
export type TrainingResult = z.infer<typeof TrainingResult>

export function readResult(runDirectory: string, attempt: number): TrainingResult | null {
  const result = readState(join(runDirectory, 'result.json'), TrainingResult)
  return result?.attempt === attempt ? result : null
}

export type TrainingActivity = { readonly heartbeatAt: Date | null; readonly progress: JobProgress | null }

/** The newest sign of life and the newest step. */
export function readActivity(runDirectory: string, attempt: number): TrainingActivity {
  const events = readEvents(join(runDirectory, 'events.jsonl')).filter((event) => event.attempt === attempt)
  const last = events.at(-1)
  const step = events.findLast((event) => event.kind === 'step')
  const phase = events.findLast((event) => event.kind === 'phase')
  return {
    heartbeatAt: last === undefined ? null : new Date(last.at),
    progress:
      step === undefined
        ? null
        : {
            phase: phase?.method ?? String(step.phase ?? 'training'),
            step: step.step ?? 0,
            maxSteps: step.maxSteps ?? phase?.maxSteps ?? 0,
            loss: step.loss ?? null,
          },
  }
}

const tailBytes = 256 * 1024

function readEvents(path: string): Event[] {
  let text: string
  try {
    text = readTail(path)
  } catch {
    return []
  }
  // Neither a line cut off by where we began to read nor one still being written is JSON.
  return text.split('\n').flatMap((line) => {
    try {
      const event = Event.safeParse(JSON.parse(line))
      return event.success ? [event.data] : []
    } catch {
      return []
    }
  })
}

function readTail(path: string): string {
  const file = openSync(path, 'r')
  try {
    const { size } = fstatSync(file)
    const length = Math.min(size, tailBytes)
    const bytes = Buffer.alloc(length)
    return bytes.toString('utf8', 0, readSync(file, bytes, 0, length, size - length))
  } finally {
    closeSync(file)
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
