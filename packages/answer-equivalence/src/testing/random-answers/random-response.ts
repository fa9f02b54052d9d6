import type { Random } from './random.ts'

/** A response that ends in an answer, in one of the ways in which models announce theirs. */
export function randomResponse(answer: string, random: Random): string {
  const thought = random.pick([
    '',
    '',
    `Is it \\boxed{${random.below(99)}}? No.</think>\n`,
    `It is $${random.below(99)}$.<|end_of_thought|>`,
  ])
  const ending = random.pick([
    `\\boxed{${answer}}`,
    `Therefore, the answer is $\\boxed{${answer}}$.`,
    `\\[\n\\boxed{${answer}}\n\\]`,
    `Some work first, $\\frac{1}{2} + 3 = x$, so\n\n**Final Answer:** \\( \\boxed{ ${answer} } \\).<|end_of_solution|>`,
  ])
  return `${thought}${ending}`
}
