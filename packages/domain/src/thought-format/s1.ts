import type { ParsedThought, ThoughtFormat } from './parsed-thought.ts'
import { splitThought } from './split-thought.ts'

const turn = '<|im_start|>'
const thoughtBegin = `${turn}think`
const thoughtEnd = `${turn}answer`

/**
 * `<|im_start|>think` and `<|im_start|>answer`, the delimiters of s1 (arXiv 2501.19393, `data/tokenization.py`). Budget forcing
 * puts the first into the prompt.
 */
export const s1: ThoughtFormat = {
  name: 's1',
  thoughtEnd,
  parse: (text) => refuseTurns(splitThought(text, { thoughtBegin, thoughtEnd, beginMayBeInPrompt: true })),
  render: (thought, solution) => `${thoughtBegin}\n${thought.trim()}\n${thoughtEnd}\n${solution.trim()}`,
}

/** Any other use of the turn's token would open a turn that nobody took. */
function refuseTurns(parsed: ParsedThought): ParsedThought {
  if (!parsed.ok || !(parsed.thought.includes(turn) || parsed.solution.includes(turn))) return parsed
  return { ok: false, reason: `another turn begins with ${turn}`, solution: parsed.solution }
}
