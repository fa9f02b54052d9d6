import { tmpdir } from 'node:os'
import { Worker } from 'node:worker_threads'
import type { Canary } from './canary.ts'
import { type ProcessorTime, processorTime } from './processor-time.ts'
import { type FromThread, progressAt, type ThreadData, type ThreadResult, type ThreadRow } from './thread-messages.ts'

export type ThreadSettings = {
  readonly checker: URL
  readonly canaries: readonly Canary[]
  /** Heap of the thread, in MiB. */
  readonly memoryMb: number
}

export type ThreadEvents = {
  /** It may be given rows. Called once, unless `ended` is called instead. */
  readonly started: () => void
  readonly results: (results: readonly ThreadResult[]) => void
  /** It is gone without having been stopped. `refused`: it was still starting, and a new one would not do better. */
  readonly ended: (why: string, refused: boolean) => void
}

/** A checking thread seen from outside. */
export type ThreadHandle = {
  send(rows: readonly ThreadRow[]): void
  /** The ordinal of the row it is on; null between rows. Up to date even when this thread has not read its messages. */
  row(): number | null
  used(): ProcessorTime | null
  /** Whether the process stays alive for it. */
  hold(held: boolean): void
  /** Ends it, whatever it does; no event is called any more. */
  stop(): Promise<void>
}

/** Starting takes a fraction of a second; a thread that has not started after this long never will. */
const startTimeoutMs = 60_000

export function startThread({ checker, canaries, memoryMb }: ThreadSettings, events: ThreadEvents): ThreadHandle {
  const memory = new SharedArrayBuffer(2 * Int32Array.BYTES_PER_ELEMENT)
  const progress = new Int32Array(memory)
  const data: ThreadData = { checker: checker.href, canaries, progress: memory }
  const worker = new Worker(new URL('./start-thread.mjs', import.meta.url), {
    workerData: data,
    // Neither the flags nor the variables of this process are any of its business.
    execArgv: [],
    env: { TMPDIR: tmpdir() },
    resourceLimits: { maxOldGenerationSizeMb: memoryMb, maxYoungGenerationSizeMb: Math.ceil(memoryMb / 8) },
  })
  let path: string | null = null
  let state: 'starting' | 'started' | 'over' = 'starting'
  const over = (why: string, refused: boolean): void => {
    if (state === 'over') return
    state = 'over'
    clearTimeout(timer)
    void worker.terminate()
    events.ended(why, refused)
  }
  const timer = setTimeout(() => over(`it has not started within ${startTimeoutMs} ms`, true), startTimeoutMs)
  worker.on('message', (message: FromThread) => {
    if (state === 'over') return
    if (message.kind === 'results') return events.results(message.results)
    if (message.failedCanary !== null) return over(`the canary ${message.failedCanary}`, true)
    clearTimeout(timer)
    state = 'started'
    path = message.path
    events.started()
  })
  worker.on('error', (error: NodeJS.ErrnoException) =>
    over(
      error.code === 'ERR_WORKER_OUT_OF_MEMORY' ? `it needed more than ${memoryMb} MiB of memory` : error.message,
      state === 'starting',
    ),
  )
  worker.on('exit', (code) => over(`its thread ended with ${code}`, state === 'starting'))
  return {
    send: (rows) => worker.postMessage(rows),
    row: () => {
      const began = Atomics.load(progress, progressAt.began)
      return began === Atomics.load(progress, progressAt.ended) ? null : began
    },
    used: () => processorTime(path),
    hold: (held) => (held ? worker.ref() : worker.unref()),
    stop: async () => {
      state = 'over'
      clearTimeout(timer)
      await worker.terminate()
    },
  }
}
