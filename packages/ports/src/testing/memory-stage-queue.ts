import type { Clock } from '../clock.ts'
import type { StageMessage, StageQueue } from '../stage-queue.ts'

/** What waits, by message, and who looks for it. Several queues may share one. */
export type MemoryBacklog = {
  readonly waiting: Map<string, { readonly message: StageMessage; readonly dueMs: number }>
  readonly looks: Set<() => void>
}

export function createMemoryBacklog(): MemoryBacklog {
  return { waiting: new Map(), looks: new Set() }
}

/** A StageQueue that lives in this process and delays by `clock`. */
export function createMemoryStageQueue(clock: Clock, backlog: MemoryBacklog = createMemoryBacklog()): StageQueue {
  const { waiting, looks } = backlog
  const ended = new AbortController()
  const lookAll = () => {
    for (const look of looks) look()
  }
  /** A timer may fire a moment before its time. */
  const lookAt = async (dueMs: number): Promise<void> => {
    for (let leftMs = dueMs - clock.now().getTime(); leftMs > 0; leftMs = dueMs - clock.now().getTime())
      await clock.sleep(leftMs, ended.signal)
    lookAll()
  }
  const consumers = new Set<() => Promise<void>>()

  return {
    async enqueue(messages, { delaySeconds = 0 } = {}) {
      const delayMs = Math.max(0, delaySeconds * 1000)
      const dueMs = clock.now().getTime() + delayMs
      for (const message of messages) {
        const key = JSON.stringify(message)
        const before = waiting.get(key)
        if (before === undefined || before.dueMs > dueMs) waiting.set(key, { message, dueMs })
      }
      if (delayMs > 0) lookAt(dueMs).catch(() => {})
      else lookAll()
    },
    async consume(handle, { concurrency }) {
      const handling = new Set<Promise<void>>()
      const look = () => {
        const nowMs = clock.now().getTime()
        const due = [...waiting].filter(([, { dueMs }]) => dueMs <= nowMs)
        for (const [key, { message }] of due.sort(([, one], [, other]) => one.dueMs - other.dueMs)) {
          if (handling.size >= concurrency) return
          waiting.delete(key)
          const handled = Promise.resolve()
            .then(() => handle(message))
            .catch(() => {})
            .finally(() => {
              handling.delete(handled)
              if (looks.has(look)) look()
            })
          handling.add(handled)
        }
      }
      looks.add(look)
      look()
      const close = async () => {
        looks.delete(look)
        await Promise.all(handling)
        consumers.delete(close)
      }
      consumers.add(close)
      return { close }
    },
    async close() {
      for (const close of consumers) await close()
      ended.abort(new Error('the queue was closed'))
    },
  }
}
