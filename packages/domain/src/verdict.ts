import { z } from 'zod'

export const Decision = z.enum(['correct', 'incorrect', 'undecided'])
export type Decision = z.infer<typeof Decision>

/** A verifier's decision on one trajectory. `verifier` is its name and version, as in `exact@1`; `extracted` the answer it found, if any. */
export const Verdict = z.strictObject({
  decision: Decision,
  reason: z.string(),
  extracted: z.string().nullable(),
  verifier: z.string(),
})
export type Verdict = z.infer<typeof Verdict>
