import { createHash } from 'node:crypto'
import { choiceLetter } from './choice-letter.ts'
import { fencedMessages, type JudgeMaterial, type JudgeProtocol, type JudgeQuestion } from './judge-protocol.ts'
import { lastLine } from './last-line.ts'

const instructions = `You sort attempts at problems. You are shown a problem, a numbered list of candidate answers and somebody's attempt.

Find the attempt's final answer and say which candidate means the same: an equal number, an equivalent expression, the same option, or the same statement in other words or notation. The candidate that says "none of the others" is meant for an attempt whose answer is not among them, is open or incomplete, or is missing. Whether an answer is right is not the question: do not solve the problem.

Explain in a few sentences. Then write one last line that holds only the number of that candidate, in digits.`

type Candidate = { readonly text: string; readonly isGold: boolean }

const none: Candidate = { text: 'none of the others', isGold: false }

/**
 * The judge says which of several candidates the attempt's answer is, without being told which is right: the golds and "none", or the
 * options of a multiple-choice question and "none", in an order drawn from the texts. Asked the other way round, every candidate has
 * another number.
 */
export const optionIndex: JudgeProtocol = {
  name: 'option-index@1',
  question: (material, prompt) => ask(material, prompt ?? instructions, 0),
  confirming: (material) => ask(material, instructions, 1),
}

function ask(material: JudgeMaterial, instruction: string, turn: number): JudgeQuestion {
  const { problem, attempt } = material
  const drawn = drawOrder(candidatesOf(material), `${problem}\n${attempt}`)
  const candidates = [...drawn.slice(turn), ...drawn.slice(0, turn)]
  const list = candidates.map(({ text }, at) => `${at + 1}. ${text}`).join('\n')
  const blocks = [
    { title: 'Problem', text: problem },
    { title: 'Candidate answers', text: list },
    { title: 'Attempt', text: attempt },
  ]
  return {
    messages: fencedMessages(instruction, blocks),
    read: (reply) => {
      const number = lastLine(reply)
      const chosen = /^[1-9]\d{0,3}$/.test(number) ? candidates[Number(number) - 1] : undefined
      return chosen === undefined ? null : chosen.isGold ? 'correct' : 'incorrect'
    },
  }
}

function candidatesOf({ golds, choices, goldChoices }: JudgeMaterial): readonly Candidate[] {
  if (choices.length === 0) return [...golds.map((text) => ({ text, isGold: true })), none]
  const options = choices.map((text, at) => ({
    text: `(${choiceLetter(at)}) ${text}`,
    isGold: goldChoices.includes(at),
  }))
  return [...options, none]
}

function drawOrder(candidates: readonly Candidate[], seed: string): readonly Candidate[] {
  return candidates
    .map((candidate) => ({ candidate, draw: sha256(`${seed}\n${candidate.text}`) }))
    .sort((a, b) => (a.draw < b.draw ? -1 : a.draw > b.draw ? 1 : 0))
    .map(({ candidate }) => candidate)
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex')
}
