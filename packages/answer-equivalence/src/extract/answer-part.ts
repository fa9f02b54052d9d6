const thoughts = [
  { begin: '<think>', end: '</think>' },
  { begin: '<|begin_of_thought|>', end: '<|end_of_thought|>' },
]
const tags = /<\|(?:begin_of_solution|end_of_solution|im_end|endoftext|eot_id)\|>|<\/s>/g

/** What a response says after its thought; empty when a thought was begun and never ended, the whole response when it has none. */
export function answerPart(response: string): string {
  let part = response
  for (const { begin, end } of thoughts) {
    const closed = part.lastIndexOf(end)
    if (closed >= 0) part = part.slice(closed + end.length)
    else if (part.slice(0, 200).trimStart().startsWith(begin)) return ''
  }
  return part.includes('<') ? part.replaceAll(tags, '\n') : part
}
