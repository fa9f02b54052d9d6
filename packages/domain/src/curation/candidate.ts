import type { ThoughtFormat } from '../thought-format/parsed-thought.ts'
import type { Finish, Purpose } from '../trajectory.ts'
import type { Decision } from '../verdict.ts'

/** A trajectory that curation may keep. `problemId` must be unique over all problem sets that take part. */
export type Candidate = {
  readonly trajectoryId: string
  readonly problemId: string
  readonly roundIndex: number
  readonly index: number
  readonly purpose: Purpose
  readonly text: string
  readonly finish: Finish
  readonly decision: Decision
  /** Null when nobody counted them, as of an imported demonstration. */
  readonly completionTokens: number | null
  /** Under the model that the recipe names; null when there is none. */
  readonly perplexity: number | null
  readonly policyVersion: string
}

export type CurationContext = { readonly format: ThoughtFormat }

/** The order of everything that curation writes: round, problem id by UTF-16 code units, index. */
export function inStableOrder(a: Candidate, b: Candidate): number {
  if (a.roundIndex !== b.roundIndex) return a.roundIndex - b.roundIndex
  if (a.problemId !== b.problemId) return a.problemId < b.problemId ? -1 : 1
  return a.index - b.index
}
