/**
 * Whether one of the partitions would ever give a job so many nodes. `listed` are lines of `name|size|nodes` as sinfo writes them: the
 * sizes of its jobs as `1-4`, `2` or `1-infinite`, and its nodes in whatever state, perhaps on several lines. True when nothing is
 * listed or the number is 0, which is unknown.
 */
export function fitsPartitions(nodes: number, listed: string): boolean {
  const partitions = new Map<string, { readonly sizes: string; readonly total: number }>()
  for (const line of listed.split('\n')) {
    const [, name = '', sizes = '', count = ''] = /^([^|]+)\|([^|]+)\|(\d+)$/.exec(line.trim()) ?? []
    if (name !== '') partitions.set(name, { sizes, total: (partitions.get(name)?.total ?? 0) + Number(count) })
  }
  if (partitions.size === 0 || nodes === 0) return true
  return [...partitions.values()].some(({ sizes, total }) => nodes <= total && isWithin(nodes, sizes))
}

function isWithin(nodes: number, sizes: string): boolean {
  const [, least, most = least] = /^(\d+)(?:-(\w+))?$/.exec(sizes) ?? []
  // What is no number, as infinite, is no limit.
  return !(nodes < Number(least)) && !(nodes > Number(most))
}
