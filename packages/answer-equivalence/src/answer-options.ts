/**
 * Where the answer is looked for in a response, in the order given; the first that finds something decides.
 *
 * `boxed`: the last `\boxed{…}`; nothing else in the text counts. `latex`: the last mathematics between `$…$`, `\(…\)`, `\[…\]`, or
 * announced by a final-answer phrase. `expression`: plain numbers and arithmetic after a final-answer phrase or at the end. `choice`: the
 * letter or the text of one of `choices`. `last-number`: the last number of the text. `raw`: the whole text is the answer.
 */
export type ExtractionMode = 'boxed' | 'latex' | 'expression' | 'choice' | 'last-number' | 'raw'

export interface AnswerOptions {
  /** Default: `['boxed', 'latex', 'expression']`. */
  readonly extract?: readonly ExtractionMode[] | undefined
  /** The texts of the options of a multiple-choice question, in the order of their letters A, B, C, … */
  readonly choices?: readonly string[] | undefined
  /** Names matter, bound ones too, and no reading of the answer but the plain one is tried. Default false. */
  readonly strict?: boolean | undefined
  /** Numbers are equal when they agree after rounding to this many decimals, 0 to 100. Default: at the gold's printed precision. */
  readonly decimals?: number | undefined
  /** `ignore`: 20 and 20 % are the same answer; `exact`: they are not, and 20 % equals 0.2. Default `ignore`. */
  readonly percent?: 'ignore' | 'exact' | undefined
}
