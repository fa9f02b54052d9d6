const thoughts = [
  { begin: '<think>', end: '</think>' },
  { begin: '<|begin_of_thought|>', end: '<|end_of_thought|>' },
]

/** Longer responses are cut at the end of their thought before they are compared. */
const long = 1_000_000

const solutionTags = /<\|(?:begin|end)_of_solution\|>/g

/** What a response says after its thought; nothing when the thought is never closed, all of a response without one. */
export function solutionOf(response: string): string {
  const ends = thoughts.map(({ end }) => {
    const at = response.lastIndexOf(end)
    return at === -1 ? 0 : at + end.length
  })
  const from = Math.max(...ends)
  const head = response.slice(0, 200).trimStart()
  if (from === 0 && thoughts.some(({ begin }) => head.startsWith(begin))) return ''
  return response.slice(from).replace(solutionTags, '\n')
}

/** A response for a comparison that cuts the thought itself; of a long one only what follows the thought. */
export function shorten(response: string): string {
  return response.length > long ? solutionOf(response) : response
}
