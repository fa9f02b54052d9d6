/** The cycles of a graph (Map of node to the set of nodes it points to), one for each knot: its shortest, from its least node. */
export function findCycles(graph) {
  return knots(graph).map((knot) => {
    const cycles = [...knot].sort().map((start) => shortestCycle(graph, knot, start))
    return cycles.reduce((best, each) => (each.length < best.length ? each : best))
  })
}

/** Tarjan's strongly connected components that are more than one node, or a node that points to itself. */
function knots(graph) {
  const found = []
  const order = new Map()
  const low = new Map()
  const stack = []
  const visit = (node) => {
    order.set(node, order.size)
    low.set(node, order.get(node))
    stack.push(node)
    for (const next of graph.get(node) ?? []) {
      if (!order.has(next)) visit(next)
      if (stack.includes(next)) low.set(node, Math.min(low.get(node), low.get(next)))
    }
    if (low.get(node) !== order.get(node)) return
    const knot = new Set(stack.splice(stack.indexOf(node)))
    if (knot.size > 1 || graph.get(node)?.has(node)) found.push(knot)
  }
  for (const node of graph.keys()) if (!order.has(node)) visit(node)
  return found
}

function shortestCycle(graph, knot, start) {
  const queue = [[start]]
  const seen = new Set()
  for (const path of queue)
    for (const next of graph.get(path.at(-1)) ?? []) {
      if (next === start) return path
      if (!knot.has(next) || seen.has(next)) continue
      seen.add(next)
      queue.push([...path, next])
    }
  return [...knot]
}
