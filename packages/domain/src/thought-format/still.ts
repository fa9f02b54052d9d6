import type { ThoughtFormat } from './parsed-thought.ts'
import { splitThought } from './split-thought.ts'

const thoughtBegin = '<|begin_of_thought|>'
const thoughtEnd = '<|end_of_thought|>'
const solutionBegin = '<|begin_of_solution|>'
const solutionEnd = '<|end_of_solution|>'

/** The four markers of STILL-2 (arXiv 2412.09413, `data/README.md` of its repository). */
export const still: ThoughtFormat = {
  name: 'still',
  thoughtEnd,
  parse: (text) =>
    splitThought(text, { thoughtBegin, thoughtEnd, solutionBegin, solutionEnd, beginMayBeInPrompt: false }),
  render: (thought, solution) =>
    `${thoughtBegin}\n\n${thought.trim()}\n\n${thoughtEnd}\n\n${solutionBegin}${solution.trim()}${solutionEnd}`,
}
