const mostGrowth = 8 * 2 ** 20

/**
 * Says by how much a heap grew over its samples, each taken after the garbage was collected; null when it is flat. Compares the least of
 * the second quarter with the least of the last: what was compiled and cached at the start is no leak.
 */
export function heapGrowth(samples: readonly number[]): string | null {
  const quarter = Math.floor(samples.length / 4)
  if (quarter < 2) return null
  const early = Math.min(...samples.slice(quarter, 2 * quarter))
  const late = Math.min(...samples.slice(-quarter))
  if (late - early <= mostGrowth) return null
  return `the heap grew from ${Math.round(early / 2 ** 20)} to ${Math.round(late / 2 ** 20)} MB`
}
