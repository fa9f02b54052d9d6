/** Time as an argument. */
export interface Clock {
  now(): Date
  /** Resolves after `ms`, or rejects with the signal's reason when aborted first. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>
}
