/** Time that one message of rows should keep a thread busy. */
const busyMs = 8
const mostRows = 256

export type BatchSize = {
  /** Rows of the next message. */
  readonly rows: () => number
  readonly learn: (ms: number) => void
}

/** Many tiny rows go in one message, long ones alone: by the mean time of the last few dozen rows. */
export function createBatchSize(): BatchSize {
  let meanMs = 4
  return {
    rows: () => Math.max(1, Math.min(mostRows, Math.floor(busyMs / meanMs))),
    learn: (ms) => {
      meanMs += (ms - meanMs) * 0.05
    },
  }
}
