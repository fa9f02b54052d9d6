const thoughts = [
  { begin: '<think>', end: '</think>' },
  { begin: '<thinking>', end: '</thinking>' },
  { begin: '<thought>', end: '</thought>' },
  { begin: '<reasoning>', end: '</reasoning>' },
  { begin: '<|begin_of_thought|>', end: '<|end_of_thought|>' },
]
const marks = /<\/?(?:think(?:ing)?|thought|reasoning)>|<\|(?:begin|end)_of_thought\|>/g
const tags = /<\|(?:begin_of_solution|end_of_solution|im_end|endoftext|eot_id)\|>|<\/s>/g

/** What a response says outside its thought: what follows the last one that ended, up to one that begins and never ends. */
export function answerPart(response: string): string {
  if (!response.includes('<')) return response
  const places = new Map<string, number[]>()
  for (const { 0: mark, index } of response.matchAll(marks)) {
    const before = places.get(mark)
    if (before === undefined) places.set(mark, [index])
    else before.push(index)
  }
  let [from, to] = [0, response.length]
  for (const { begin, end } of places.size === 0 ? [] : thoughts) {
    const closed = places.get(end)?.findLast((index) => index >= from && index < to)
    if (closed !== undefined) from = closed + end.length
    to = places.get(begin)?.find((index) => index >= from && index < to) ?? to
  }
  return response.slice(from, to).replaceAll(tags, '\n')
}
