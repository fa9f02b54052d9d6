/** What `map` makes of each item, in their order, of `atOnce` at a time. The first failure is thrown, and nothing more is begun. */
export async function mapBounded<Item, Mapped>(
  items: readonly Item[],
  atOnce: number,
  map: (item: Item) => Promise<Mapped>,
): Promise<Mapped[]> {
  const mapped: Mapped[] = []
  const waiting = items.entries()
  let failed = false
  const lane = async (): Promise<void> => {
    for (const [at, item] of waiting) {
      if (failed) return
      mapped[at] = await map(item)
    }
  }
  const stop = (error: unknown): never => {
    failed = true
    throw error
  }
  await Promise.all(Array.from({ length: Math.min(atOnce, items.length) }, () => lane().catch(stop)))
  return mapped
}
