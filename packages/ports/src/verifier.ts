import type { Problem } from '@ratchet/domain/problem.ts'
import type { Verdict } from '@ratchet/domain/verdict.ts'

/** Decides whether a solution answers its problem. Never throws for what a model wrote: what cannot be decided is `undecided`. */
export interface Verifier {
  /** `solution` is the text after the thought. */
  verify(problem: Problem, solution: string, signal?: AbortSignal): Promise<Verdict>
}
