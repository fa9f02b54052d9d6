import type { Random } from './random.ts'

/** One answer, in the ways to write it and in ways to miss it. */
export interface RandomAnswer {
  /** As one might write it; at every call another way. */
  readonly spelled: () => string
  /** An answer of another value that looks much the same; null where there is none at hand. */
  readonly missed: () => string | null
}

/** Makes answers of one kind. */
export type AnswerKind = (random: Random) => RandomAnswer
