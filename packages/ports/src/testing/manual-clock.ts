import type { Clock } from '../clock.ts'

/** A clock that stands still until it is moved. */
export type ManualClock = Clock & {
  /** Moves to the earliest time that somebody sleeps until and wakes who is due then; false when nobody sleeps. */
  next(): boolean
  /** Moves on by so much at once, then wakes everybody who is due. */
  pass(ms: number): void
}

type Sleeper = { readonly untilMs: number; readonly wake: () => void }

export function createManualClock(startsAt = '2026-01-01T00:00:00Z'): ManualClock {
  let nowMs = Date.parse(startsAt)
  const sleepers = new Set<Sleeper>()
  const moveTo = (ms: number) => {
    nowMs = Math.max(nowMs, ms)
    const due = [...sleepers].filter(({ untilMs }) => untilMs <= nowMs)
    for (const { wake } of due.sort((a, b) => a.untilMs - b.untilMs)) wake()
  }
  return {
    now: () => new Date(nowMs),
    sleep: (ms, signal) =>
      new Promise((resolve, reject) => {
        if (signal?.aborted === true) return reject(signal.reason)
        const leave = () => {
          sleepers.delete(sleeper)
          reject(signal?.reason)
        }
        const sleeper = {
          untilMs: nowMs + ms,
          wake: () => {
            sleepers.delete(sleeper)
            signal?.removeEventListener('abort', leave)
            resolve()
          },
        }
        sleepers.add(sleeper)
        signal?.addEventListener('abort', leave, { once: true })
      }),
    next() {
      if (sleepers.size === 0) return false
      moveTo(Math.min(...[...sleepers].map(({ untilMs }) => untilMs)))
      return true
    },
    pass: (ms) => moveTo(nowMs + ms),
  }
}
