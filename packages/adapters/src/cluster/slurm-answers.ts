import type { Clock } from '@ratchet/ports/clock.ts'

type Ask = (...command: string[]) => Promise<string>

/** `ask`, but what a command printed holds for `holdMs` and is shared by all who ask it meanwhile. A failure is not kept. */
export function createSlurmAnswers(ask: Ask, holdMs: number, clock: Clock): Ask {
  const answers = new Map<string, { readonly atMs: number; readonly answer: Promise<string> }>()
  return async (...command) => {
    const question = command.join(' ')
    const nowMs = clock.now().getTime()
    const known = answers.get(question)
    if (known !== undefined && nowMs - known.atMs < holdMs) return await known.answer
    const asked = { atMs: nowMs, answer: ask(...command) }
    answers.set(question, asked)
    try {
      return await asked.answer
    } catch (error) {
      if (answers.get(question) === asked) answers.delete(question)
      throw error
    }
  }
}
