import type { ProcessorTime } from './processor-time.ts'

/** A thread that stands still without using a processor is given this many times the deadline. */
export const patience = 10

export type RowClock = {
  /**
   * Looks at a thread: the row it is on, null between rows, and its use of the processors. Returns why the row is over its time, or null.
   */
  look(row: number | null, used: ProcessorTime | null, nowMs: number): string | null
}

/**
 * The deadline of each row of one thread. It counts the processor's time that the row itself used, so that neither a queue, nor other
 * load, nor a pause of the machine counts; where the system does not tell it, the time between looks, of which a late look counts only
 * as two.
 */
export function createRowClock(deadlineMs: number, lookEveryMs: number): RowClock {
  let seen: { readonly row: number; readonly used: ProcessorTime | null } | null = null
  let lookedAt = 0
  let passedMs = 0
  return {
    look(row, used, nowMs) {
      const sinceMs = Math.min(nowMs - lookedAt, 2 * lookEveryMs)
      lookedAt = nowMs
      if (row === null || seen?.row !== row) {
        seen = row === null ? null : { row, used }
        passedMs = 0
        return null
      }
      passedMs += sinceMs
      if (used === null || seen.used === null)
        return passedMs >= deadlineMs ? `the comparison took longer than ${deadlineMs} ms and was ended` : null
      if (used.ranMs - seen.used.ranMs >= deadlineMs)
        return `the comparison took longer than ${deadlineMs} ms of a processor and was ended`
      const stoodMs = passedMs - (used.waitedMs - seen.used.waitedMs)
      return stoodMs >= patience * deadlineMs
        ? `the comparison stood still for ${patience * deadlineMs} ms and was ended`
        : null
    },
  }
}
