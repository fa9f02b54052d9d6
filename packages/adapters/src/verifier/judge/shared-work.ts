type Running<Result> = { readonly promise: Promise<Result>; readonly stop: AbortController; takers: number }

/**
 * Work that is done once for all who ask for it at the same time, by key. Whoever leaves early, by its signal, rejects with the signal's
 * reason; the work itself is aborted only when all have left.
 */
export class SharedWork<Result> {
  readonly #running = new Map<string, Running<Result>>()

  async run(
    key: string,
    work: (signal: AbortSignal) => Promise<Result>,
    signal: AbortSignal | undefined,
  ): Promise<Result> {
    signal?.throwIfAborted()
    const running = this.#running.get(key) ?? this.#begin(key, work)
    running.takers += 1
    try {
      return await untilAborted(running.promise, signal)
    } finally {
      running.takers -= 1
      if (running.takers === 0) {
        if (this.#running.get(key) === running) this.#running.delete(key)
        running.stop.abort(signal?.reason)
      }
    }
  }

  #begin(key: string, work: (signal: AbortSignal) => Promise<Result>): Running<Result> {
    const stop = new AbortController()
    const promise = work(stop.signal)
    // Everybody may have left when it fails.
    promise.catch(() => {})
    const running = { promise, stop, takers: 0 }
    this.#running.set(key, running)
    return running
  }
}

/** The promise's end, or the signal's reason when that comes first. */
export async function untilAborted<Result>(promise: Promise<Result>, signal: AbortSignal | undefined): Promise<Result> {
  if (signal === undefined) return await promise
  let leave = () => {}
  const aborted = new Promise<never>((_, reject) => {
    leave = () => reject(signal.reason)
    if (signal.aborted) leave()
    else signal.addEventListener('abort', leave, { once: true })
  })
  try {
    return await Promise.race([promise, aborted])
  } finally {
    signal.removeEventListener('abort', leave)
  }
}
