import { z } from 'zod'

const Golds = z.array(z.string().min(1)).min(1)

/** Settings of answer comparison, as `AnswerOptions` of answer-equivalence documents them; each is recorded with the problem. */
export const MathOptions = z.strictObject({
  extract: z
    .array(z.enum(['boxed', 'latex', 'expression', 'choice', 'last-number', 'raw']))
    .min(1)
    .optional(),
  strict: z.boolean().optional(),
  decimals: z.number().int().min(0).max(100).optional(),
  percent: z.enum(['ignore', 'exact']).optional(),
})
export type MathOptions = z.infer<typeof MathOptions>

/**
 * How a problem's answer is decided; where there are several golds, any of them will do.
 *
 * `exact`: the final answer is spelled as a gold, but for white space and the spelling of numbers. `math`: it is the same mathematical
 * object. `choice`: it is the same option; `choices` are the options' texts in the order of their letters. `code`: `gold` is a Python test
 * program that the solution's code passes. `judge`: a model says whether it agrees with the gold.
 */
export const Verification = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('exact'), gold: Golds }),
  z.strictObject({ kind: z.literal('math'), gold: Golds, options: MathOptions.optional() }),
  z.strictObject({
    kind: z.literal('choice'),
    gold: Golds,
    choices: z.array(z.string().min(1)).min(2).max(26).optional(),
  }),
  z.strictObject({ kind: z.literal('code'), gold: z.array(z.string().min(1)).length(1) }),
  z.strictObject({ kind: z.literal('judge'), gold: Golds }),
])
export type Verification = z.infer<typeof Verification>

/**
 * A question and how its answer is verified.
 *
 * `id` is unique within its problem set; it names the problem in seeds, so the same id draws the same rollouts.
 * `difficulty` is any number that grows with difficulty; `domain` a free label ("algebra").
 */
export const Problem = z.strictObject({
  id: z
    .string()
    .min(1)
    .max(120)
    .regex(/^[A-Za-z0-9._-]+$/, 'only letters, digits, dot, underscore and hyphen'),
  prompt: z.string().min(1),
  verification: Verification,
  domain: z.string().optional(),
  difficulty: z.number().optional(),
})
export type Problem = z.infer<typeof Problem>

/** A versioned list of problems. `id` is `ps_` and the first 16 hex digits of the sha256 of its canonical content: the same problems are the same set. */
export type ProblemSet = {
  readonly id: string
  readonly name: string
  readonly count: number
}
