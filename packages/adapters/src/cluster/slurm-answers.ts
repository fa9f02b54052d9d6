import type { Clock } from '@ratchet/ports/clock.ts'

/** What Slurm's commands print, by the question, each taken for true for `holdMs` and shared by all who ask meanwhile. A failure is not kept. */
export function createSlurmAnswers(holdMs: number, clock: Clock) {
  const answers = new Map<string, { readonly atMs: number; readonly answer: Promise<string> }>()
  return async (question: string, ask: () => Promise<string>): Promise<string> => {
    const nowMs = clock.now().getTime()
    const known = answers.get(question)
    if (known !== undefined && nowMs - known.atMs < holdMs) return await known.answer
    const asked = { atMs: nowMs, answer: ask() }
    answers.set(question, asked)
    try {
      return await asked.answer
    } catch (error) {
      if (answers.get(question) === asked) answers.delete(question)
      throw error
    }
  }
}
