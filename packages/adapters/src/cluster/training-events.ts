import { closeSync, fstatSync, openSync, readSync } from 'node:fs'
import { join } from 'node:path'
import { z } from 'zod'

/** What a trainer tells of itself while it runs: one line of `events.jsonl` in its attempt's directory. */
export const TrainingEvent = z.looseObject({
  at: z.iso.datetime(),
  kind: z.string(),
  phase: z.union([z.string(), z.number()]).nullish(),
  method: z.string().nullish(),
  /** `cpu`, or what else it runs on; of the start. */
  device: z.string().nullish(),
  step: z.number().nullish(),
  maxSteps: z.number().nullish(),
  loss: z.number().nullish(),
  learningRate: z.number().nullish(),
  gradNorm: z.number().nullish(),
  /** Of a checkpoint that is pushed: how much is in the object store, and of how much. */
  bytes: z.number().nullish(),
  totalBytes: z.number().nullish(),
  /** Tokens trained on in this phase so far. */
  tokens: z.number().nullish(),
  rewardsMargin: z.number().nullish(),
  rewardsAccuracy: z.number().nullish(),
})
export type TrainingEvent = z.infer<typeof TrainingEvent>

const endBytes = 256 * 1024
const startBytes = 16 * 1024

/** The newest events of an attempt, oldest first: as many as are in the last 256 KiB. */
export function lastEvents(attemptDirectory: string, bytes = endBytes): TrainingEvent[] {
  return parseEvents(readBytes(attemptDirectory, (size) => ({ from: Math.max(0, size - bytes), bytes })))
}

/** The first events of an attempt. */
export function firstEvents(attemptDirectory: string): TrainingEvent[] {
  return parseEvents(readBytes(attemptDirectory, () => ({ from: 0, bytes: startBytes })))
}

/** The whole lines from `offset` on that fit into `bytes`, and where they end. A line longer than that is passed over. */
export function eventsFrom(
  attemptDirectory: string,
  offset: number,
  bytes = endBytes,
): { readonly events: TrainingEvent[]; readonly end: number } {
  const read = readBytes(attemptDirectory, () => ({ from: offset, bytes }))
  const whole = read.lastIndexOf('\n') + 1
  if (whole === 0) return { events: [], end: read.length === bytes ? offset + bytes : offset }
  return { events: parseEvents(read.subarray(0, whole)), end: offset + whole }
}

/** Neither a line cut off by where we began to read nor one still being written is JSON. */
function parseEvents(bytes: Buffer): TrainingEvent[] {
  return bytes
    .toString('utf8')
    .split('\n')
    .flatMap((line) => {
      try {
        const event = TrainingEvent.safeParse(JSON.parse(line))
        return event.success ? [event.data] : []
      } catch {
        return []
      }
    })
}

/** Nothing where there is no file. */
function readBytes(
  attemptDirectory: string,
  choose: (size: number) => { readonly from: number; readonly bytes: number },
): Buffer {
  let file: number
  try {
    file = openSync(join(attemptDirectory, 'events.jsonl'), 'r')
  } catch {
    return Buffer.alloc(0)
  }
  try {
    const { size } = fstatSync(file)
    const { from, bytes } = choose(size)
    const buffer = Buffer.alloc(Math.max(0, Math.min(bytes, size - from)))
    return buffer.subarray(0, readSync(file, buffer, 0, buffer.length, from))
  } finally {
    closeSync(file)
  }
}
