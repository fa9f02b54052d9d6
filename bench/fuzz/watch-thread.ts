import { Worker } from 'node:worker_threads'
import type { ThreadData, ThreadMessage } from './thread-messages.ts'

/** Longest time that a call may take. */
const longestCallMs = 1000
const lookEveryMs = 50
/** Old and young generation of a thread; more than any answer may need. */
const heapMb = 256

export interface ThreadEvents {
  readonly onHeap: (bytes: number) => void
  readonly onFinding: (index: number, what: string) => void
}

export interface WatchedThread {
  /** The index of the input that it is on; -1 before the first. */
  readonly index: () => number
  /** Resolves with the index of an input that was not answered, because it took too long or the heap was full; null when all were. */
  readonly ended: Promise<{ readonly index: number; readonly what: string } | null>
  readonly stop: () => Promise<void>
}

/** Runs a thread and ends it from outside when a call takes too long: a timer inside would not stop it. */
export function watchThread(range: Omit<ThreadData, 'progress'>, { onHeap, onFinding }: ThreadEvents): WatchedThread {
  const progress = new SharedArrayBuffer(4)
  const at = new Int32Array(progress)
  Atomics.store(at, 0, -1)
  const index = () => Atomics.load(at, 0)
  const workerData: ThreadData = { ...range, progress }
  const worker = new Worker(new URL('./start-thread.mjs', import.meta.url), {
    workerData,
    resourceLimits: { maxOldGenerationSizeMb: heapMb },
  })
  let overdue = false
  let seen = { index: -1, since: performance.now() }
  const watch = setInterval(() => {
    const now = performance.now()
    if (index() !== seen.index) seen = { index: index(), since: now }
    else if (index() !== -1 && now - seen.since > longestCallMs) {
      overdue = true
      void worker.terminate()
    }
  }, lookEveryMs)
  const ended = new Promise<{ readonly index: number; readonly what: string } | null>((resolve) => {
    let fault: string | null = null
    worker.on('message', (message: ThreadMessage) => {
      // The last input is answered: what follows is not a call.
      if (message.kind === 'end') clearInterval(watch)
      else if (message.kind === 'heap') onHeap(message.bytes)
      else onFinding(message.index, message.what)
    })
    worker.on('error', (error) => {
      fault = `the thread ended: ${error.message}`
    })
    worker.on('exit', () => {
      clearInterval(watch)
      const what = overdue ? `took longer than ${longestCallMs} ms` : fault
      resolve(what === null ? null : { index: index(), what })
    })
  })
  return {
    index,
    ended,
    async stop() {
      await worker.terminate()
    },
  }
}
