import type { ThoughtFormat } from './parsed-thought.ts'
import { splitThought } from './split-thought.ts'

/** `<think>…</think>` and then the solution, as DeepSeek-R1 writes it. Many chat templates end the prompt with `<think>`. */
export const think: ThoughtFormat = {
  name: 'think',
  thoughtEnd: '</think>',
  parse: (text) => splitThought(text, { thoughtBegin: '<think>', thoughtEnd: '</think>', beginMayBeInPrompt: true }),
  render: (thought, solution) => `<think>\n${thought.trim()}\n</think>\n\n${solution.trim()}`,
}
