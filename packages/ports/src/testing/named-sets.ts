/** Immutable sets of rows under the hash of their content, each with any number of names. */
export type NamedSets<NamedSet, Row> = {
  /** Keeps the rows unless the set is there, and makes it the newest of its name. */
  put(set: NamedSet, rows: readonly Row[]): NamedSet
  find(idOrName: string): NamedSet | null
  /** Newest first, under their first names. */
  list(): readonly NamedSet[]
  rows(id: string, page?: { offset: number; limit: number }): readonly Row[]
}

/** Sets in memory. */
export function createNamedSets<NamedSet extends { readonly id: string; readonly name: string }, Row>(): NamedSets<
  NamedSet,
  Row
> {
  const sets = new Map<string, { readonly set: NamedSet; readonly rows: readonly Row[] }>()
  /** The set that a name was last given to. */
  const names = new Map<string, string>()
  return {
    put(set, rows) {
      if (!sets.has(set.id)) sets.set(set.id, { set, rows: structuredClone(rows) })
      names.set(set.name, set.id)
      return set
    },
    find(idOrName) {
      const byId = sets.get(idOrName)?.set
      const named = sets.get(names.get(idOrName) ?? '')?.set
      return byId ?? (named === undefined ? null : { ...named, name: idOrName })
    },
    list: () => [...sets.values()].map(({ set }) => set).reverse(),
    rows(id, page) {
      const rows = sets.get(id)?.rows ?? []
      return page === undefined ? rows : rows.slice(page.offset, page.offset + page.limit)
    },
  }
}
