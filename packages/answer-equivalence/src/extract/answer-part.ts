const thoughts = [
  { begin: '<think>', end: '</think>' },
  { begin: '<thinking>', end: '</thinking>' },
  { begin: '<thought>', end: '</thought>' },
  { begin: '<reasoning>', end: '</reasoning>' },
  { begin: '<|begin_of_thought|>', end: '<|end_of_thought|>' },
]
const tags = /<\|(?:begin_of_solution|end_of_solution|im_end|endoftext|eot_id)\|>|<\/s>/g

/** What a response says outside its thought: what follows the last one that ended, up to one that begins and never ends. */
export function answerPart(response: string): string {
  if (!response.includes('<')) return response
  let part = response
  for (const { begin, end } of thoughts) {
    const closed = part.lastIndexOf(end)
    if (closed >= 0) part = part.slice(closed + end.length)
    const opened = part.indexOf(begin)
    if (opened >= 0) part = part.slice(0, opened)
  }
  return part.replaceAll(tags, '\n')
}
