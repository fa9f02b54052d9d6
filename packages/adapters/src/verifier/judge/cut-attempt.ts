import { harmlessText } from './harmless-text.ts'

/** Longer attempts are shown with their middle cut out. In UTF-16 code units. */
const longestShown = 24_000
const shownOfBeginning = 8_000

/** Longer ones are not judged at all. */
const longestJudged = 1_000_000

const thoughtEnds = ['</think>', '<|end_of_thought|>']

export type ShownAttempt = { readonly text: string; readonly isCut: boolean }

/**
 * What a judge is shown of a solution: the text after the thought, made harmless, its middle cut out visibly when it is long. Null when it
 * is too long to be judged.
 */
export function cutAttempt(solution: string): ShownAttempt | null {
  if (solution.length > longestJudged) return null
  const after = Math.max(...thoughtEnds.map((end) => endOf(solution, end)))
  const text = harmlessText(solution.slice(after))
  if (text.length <= longestShown) return { text, isCut: false }
  const rest = longestShown - shownOfBeginning
  const left = text.length - longestShown
  const shown = `${text.slice(0, shownOfBeginning)}\n\n[… ${left} characters are left out here …]\n\n${text.slice(-rest)}`
  return { text: shown.replaceAll(/\p{Surrogate}/gu, '\ufffd'), isCut: true }
}

function endOf(text: string, mark: string): number {
  const at = text.lastIndexOf(mark)
  return at < 0 ? 0 : at + mark.length
}
