import type { ParsedThought } from './parsed-thought.ts'

type Delimiters = {
  readonly thoughtBegin: string
  readonly thoughtEnd: string
  /** Whether the prompt may already hold `thoughtBegin`, so that the completion starts inside the thought. */
  readonly beginMayBeInPrompt: boolean
  readonly solutionBegin?: string
  /** May be missing: a server that stops on it does not return it. */
  readonly solutionEnd?: string
}

/** Splits a text at literal delimiters, each of which must stand exactly once. Takes linear time in the text's length. */
export function splitThought(text: string, delimiters: Delimiters): ParsedThought {
  const { thoughtBegin, thoughtEnd, beginMayBeInPrompt } = delimiters
  const end = text.lastIndexOf(thoughtEnd)
  if (end === -1) return { ok: false, reason: `the thought is not closed by ${thoughtEnd}`, solution: text.trim() }
  const after = text.slice(end + thoughtEnd.length)
  const solution = unwrap(after, delimiters)
  const fail = (reason: string): ParsedThought => ({ ok: false, reason, solution })

  const head = text.slice(0, end)
  if (head.includes(thoughtEnd)) return fail(`the thought is closed by ${thoughtEnd} more than once`)
  const opened = head.trimStart().startsWith(thoughtBegin)
  if (!opened && !beginMayBeInPrompt) return fail(`the text does not begin with ${thoughtBegin}`)
  const thought = (opened ? head.trimStart().slice(thoughtBegin.length) : head).trim()
  if (thought.includes(thoughtBegin)) return fail(`${thoughtBegin} stands more than once, or not at the beginning`)
  if (thought === '') return fail('the thought is empty')

  const { solutionBegin, solutionEnd } = delimiters
  if (solutionBegin !== undefined && !after.trimStart().startsWith(solutionBegin))
    return fail(`the solution does not begin with ${solutionBegin}`)
  if (solution === '') return fail('the solution is empty')
  for (const delimiter of [thoughtBegin, solutionBegin, solutionEnd])
    if (delimiter !== undefined && solution.includes(delimiter)) return fail(`${delimiter} stands inside the solution`)
  return { ok: true, thought, solution }
}

function unwrap(after: string, { solutionBegin, solutionEnd }: Delimiters): string {
  let solution = after.trim()
  if (solutionBegin !== undefined && solution.startsWith(solutionBegin)) solution = solution.slice(solutionBegin.length)
  if (solutionEnd !== undefined && solution.endsWith(solutionEnd)) solution = solution.slice(0, -solutionEnd.length)
  return solution.trim()
}
