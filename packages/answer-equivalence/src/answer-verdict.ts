export type AnswerDecision = 'correct' | 'incorrect' | 'undecided'

/** `undecided`: the answer could not be compared (a gold that does not parse, a limit hit); it is neither right nor wrong. */
export interface AnswerVerdict {
  readonly decision: AnswerDecision
  /** One sentence in plain words; at most 300 characters. */
  readonly reason: string
  /** The answer as found in the response, or null when there is none. */
  readonly extracted: string | null
}
