import { z } from 'zod'

/** How a problem's answer is decided. `exact`: the final answer equals one of the golds after whitespace and number spelling are unified. */
export const Verification = z.strictObject({
  kind: z.enum(['exact']),
  gold: z.array(z.string().min(1)).min(1),
})
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
