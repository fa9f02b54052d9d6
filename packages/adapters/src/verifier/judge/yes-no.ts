import { choiceLetter } from './choice-letter.ts'
import type { Block } from './fence.ts'
import { fencedMessages, type JudgeMaterial, type JudgeProtocol, type JudgeQuestion } from './judge-protocol.ts'
import { lastLine } from './last-line.ts'

const criterion = `You check attempts at problems. You are shown a problem, its reference answer and somebody's attempt.

The attempt agrees with the reference when its final answer means the same: an equal number, an equivalent expression, the same option, or the same statement in other words or notation. It does not agree when a part of the answer is missing or wrong, when it offers several answers and not all of them are right, when it leaves the answer open, or when it has no answer. Where the reference is an argument rather than an answer, the attempt has to reach the same conclusion by sound reasoning. The reference is right: do not solve the problem anew, and give nothing for effort, style or confidence.`

const instructions = `${criterion}

Explain in a few sentences how the attempt's final answer compares with the reference. Then write one last line that holds only the word Yes if the attempt agrees with the reference, or only the word No if it does not.`

const opposite = `${criterion}

Look for a reason to turn the attempt down, and explain in a few sentences what you found. Then write one last line that holds only the word Yes if the attempt is to be turned down because it does not agree with the reference, or only the word No if it does agree.`

/**
 * Explain, then a last line that holds only Yes or No, as s1 grades (arXiv 2501.19393). Asked the other way round, the question is the
 * opposite one and the blocks stand in another order.
 */
export const yesNo: JudgeProtocol = {
  name: 'yes-no@1',
  question(material, prompt) {
    const { problem, reference, attempt } = blocksOf(material)
    return ask(prompt ?? instructions, [problem, reference, attempt], { yes: 'correct', no: 'incorrect' })
  },
  confirming(material) {
    const { problem, reference, attempt } = blocksOf(material)
    return ask(opposite, [attempt, reference, problem], { yes: 'incorrect', no: 'correct' })
  },
}

function blocksOf({ problem, golds, choices, goldChoices, attempt }: JudgeMaterial) {
  const named = goldChoices.length === 0 ? golds : goldChoices.map((at) => `${choiceLetter(at)}. ${choices[at]}`)
  const [only = '', ...others] = named
  const reference = others.length === 0 ? only : `Any one of these:\n${named.map((each) => `- ${each}`).join('\n')}`
  const options = choices.map((choice, at) => `${choiceLetter(at)}. ${choice}`)
  return {
    problem: { title: 'Problem', text: [problem, ...options].join('\n') },
    reference: { title: 'Reference answer', text: reference },
    attempt: { title: 'Attempt', text: attempt },
  }
}

function ask(
  instruction: string,
  blocks: readonly Block[],
  meaning: Readonly<Record<'yes' | 'no', 'correct' | 'incorrect'>>,
): JudgeQuestion {
  return {
    messages: fencedMessages(instruction, blocks),
    read: (reply) => {
      const word = lastLine(reply)
      return word === 'yes' || word === 'no' ? meaning[word] : null
    },
  }
}
