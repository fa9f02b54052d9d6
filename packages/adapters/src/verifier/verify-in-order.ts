export type OrderSettings<Row> = {
  /** At most this many rows are being verified or wait for their turn to be given out. */
  readonly rows: number
  /** And at most this much weight, but always one row. */
  readonly weight?: { readonly limit: number; readonly of: (row: Row) => number }
}

/**
 * Verifies a stream of rows side by side and gives the results in the order of the rows. The stream is read only as far as the window
 * allows, so that a slow reader of the results, or a slow row, holds it back. A result is given out as soon as it and all before it
 * are there, also while the stream waits. The first error of stream or verification ends it.
 */
export async function* verifyInOrder<Row, Result>(
  rows: AsyncIterable<Row>,
  verify: (row: Row) => Promise<Result>,
  settings: OrderSettings<Row>,
): AsyncGenerator<Result, void, undefined> {
  const iterator = rows[Symbol.asyncIterator]()
  const running: { readonly result: Promise<Result>; readonly weight: number }[] = []
  const limit = settings.weight?.limit ?? Number.POSITIVE_INFINITY
  let weight = 0
  let coming: Promise<IteratorResult<Row>> | null = null
  let ended = false
  try {
    for (;;) {
      const room = running.length < settings.rows && (running.length === 0 || weight < limit)
      if (coming === null && room && !ended) {
        coming = iterator.next()
        // It is awaited below, perhaps only after an error of another row.
        coming.catch(() => {})
      }
      const [first] = running
      if (first === undefined && coming === null) return
      if (coming !== null && (first === undefined || (await isSooner(coming, first.result)))) {
        const next = await coming
        coming = null
        if (next.done === true) ended = true
        else running.push(start(next.value))
      } else if (first !== undefined) {
        const result = await first.result
        running.shift()
        weight -= first.weight
        yield result
      }
    }
  } finally {
    // The stream may be waiting for a row that never comes: its end is not waited for.
    void iterator.return?.()?.catch(() => {})
  }

  function start(row: Row) {
    const own = settings.weight?.of(row) ?? 0
    weight += own
    const result = verify(row)
    result.catch(() => {})
    return { result, weight: own }
  }
}

/** Whether the first promise settles before the second, errors included. */
async function isSooner(first: Promise<unknown>, second: Promise<unknown>): Promise<boolean> {
  const yes = (): boolean => true
  const no = (): boolean => false
  return await Promise.race([first.then(yes, yes), second.then(no, no)])
}
