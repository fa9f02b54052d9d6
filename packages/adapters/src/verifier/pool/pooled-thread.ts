import { undecided } from '../answer-check.ts'
import { createRowClock } from './row-clock.ts'
import { startThread, type ThreadSettings } from './thread-handle.ts'
import type { ThreadResult } from './thread-messages.ts'
import type { PoolRow } from './waiting-rows.ts'

export type PooledThread = {
  /** Rows that it has and has not decided; null while it starts. */
  readonly load: () => number | null
  send(rows: readonly PoolRow[]): void
  /** Replaces nothing while its row is within its time. To be called every `lookEveryMs`. */
  look(): void
  /** Ends it and gives back what it had. */
  stop(): Promise<readonly PoolRow[]>
}

export type PooledThreadEvents = {
  readonly started: () => void
  /** One call for every message; `ms` of each row in it. */
  readonly decided: (ms: readonly number[]) => void
  /** It is gone; `left` are the rows that another has to decide. `onRow`: a row was the reason. */
  readonly gone: (left: readonly PoolRow[], onRow: boolean, why: string) => void
  /** It has not started. */
  readonly refused: (why: string) => void
}

/** A row on which this many threads have died is given up. */
const mostDeaths = 2
const highestOrdinal = 2 ** 31 - 1

/** A checking thread with the rows that it was sent. */
export function openPooledThread(
  settings: ThreadSettings & { readonly deadlineMs: number; readonly lookEveryMs: number },
  events: PooledThreadEvents,
): PooledThread {
  const { deadlineMs, lookEveryMs } = settings
  const sent = new Map<number, PoolRow>()
  const clock = createRowClock(deadlineMs, lookEveryMs)
  let started = false
  let last = 0

  const thread = startThread(settings, {
    started: () => {
      started = true
      thread.hold(sent.size > 0)
      events.started()
    },
    results: (results) => {
      for (const result of results) settle(result)
      if (sent.size === 0) thread.hold(false)
      events.decided(results.map(({ ms }) => ms))
    },
    ended: (why, refused) => (refused ? events.refused(why) : died(why)),
  })

  function settle({ ordinal, verdict, ms }: ThreadResult): void {
    sent.get(ordinal)?.resolve({ verdict, ms })
    sent.delete(ordinal)
  }

  function died(why: string): void {
    const ordinal = thread.row()
    const row = ordinal === null ? undefined : sent.get(ordinal)
    if (row !== undefined && ordinal !== null) {
      row.deaths += 1
      if (row.deaths >= mostDeaths) giveUp(ordinal, `the comparison ended its thread ${mostDeaths} times: ${why}`)
    }
    events.gone(rest(), row !== undefined, why)
  }

  function giveUp(ordinal: number, reason: string): void {
    const row = sent.get(ordinal)
    if (row !== undefined) settle({ ordinal, verdict: undecided(row.check, reason.slice(0, 300)), ms: deadlineMs })
  }

  function rest(): PoolRow[] {
    const rows = [...sent.values()]
    sent.clear()
    return rows
  }

  return {
    load: () => (started ? sent.size : null),
    send(rows) {
      const numbered = rows.map((row) => {
        last = (last % highestOrdinal) + 1
        sent.set(last, row)
        return { ordinal: last, check: row.check, solution: row.solution }
      })
      thread.hold(true)
      thread.send(numbered)
    },
    look() {
      const ordinal = thread.row()
      const why = clock.look(ordinal, thread.used(), performance.now())
      // It may have come to its end while this thread was looking.
      if (why === null || ordinal === null || thread.row() !== ordinal) return
      giveUp(ordinal, why)
      void thread.stop()
      events.gone(rest(), true, why)
    },
    async stop() {
      await thread.stop()
      return rest()
    },
  }
}
