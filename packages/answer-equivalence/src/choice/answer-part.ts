const thoughts = [
  { begin: '<think>', end: '</think>' },
  { begin: '<|begin_of_thought|>', end: '<|end_of_thought|>' },
]
const solutionTags = ['<|begin_of_solution|>', '<|end_of_solution|>']

/** What a response says after its thought; empty when the thought is never closed, the whole response when it has none. */
export function answerPart(response: string): string {
  let part = response
  for (const { begin, end } of thoughts) {
    const closed = part.lastIndexOf(end)
    if (closed >= 0) part = part.slice(closed + end.length)
    else if (part.slice(0, 200).trimStart().startsWith(begin)) return ''
  }
  for (const tag of solutionTags) part = part.replaceAll(tag, '\n')
  return part
}
