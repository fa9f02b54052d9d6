import type { AnswerCheck } from '../answer-check.ts'
import type { ThreadResult } from './thread-messages.ts'

/** A check that somebody waits for. */
export type PoolRow = {
  readonly check: AnswerCheck
  readonly solution: string
  /** Threads that died while they were on it. */
  deaths: number
  readonly resolve: (result: Pick<ThreadResult, 'verdict' | 'ms'>) => void
  readonly reject: (error: unknown) => void
}

export type WaitingRows = {
  readonly size: () => number
  readonly add: (row: PoolRow) => void
  /** Rows of a thread that is gone come before all others. */
  readonly addAgain: (rows: readonly PoolRow[]) => void
  readonly remove: (row: PoolRow) => void
  /** At least one row where there is one, at most `rows`, and no more once their text is long. */
  readonly take: (rows: number) => PoolRow[]
}

/** Characters of one message at which no row is added. */
const longMessage = 1_000_000

/** Rows that no thread has yet, first come first served. */
export function createWaitingRows(): WaitingRows {
  const again = new Set<PoolRow>()
  const fresh = new Set<PoolRow>()
  return {
    size: () => again.size + fresh.size,
    add: (row) => void fresh.add(row),
    addAgain: (rows) => {
      for (const row of rows) again.add(row)
    },
    remove: (row) => {
      again.delete(row)
      fresh.delete(row)
    },
    take: (rows) => {
      const taken: PoolRow[] = []
      let length = 0
      for (const from of [again, fresh])
        for (const row of from) {
          if (taken.length === rows || length >= longMessage) return taken
          from.delete(row)
          taken.push(row)
          length += row.solution.length
        }
      return taken
    },
  }
}
