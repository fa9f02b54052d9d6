import type { AnswerKind } from './answer-kind.ts'
import { mutate } from './mutate.ts'
import { numberAnswers } from './number-answers.ts'
import { randomExpression } from './random-expression.ts'
import { rewrite } from './rewrite.ts'
import { spell } from './spell.ts'
import { structureAnswers } from './structure-answers.ts'

const expressions: Readonly<Record<string, AnswerKind>> = {
  'an expression': (random) => {
    const expression = randomExpression(random)
    return {
      spelled: () => spell(expression, random),
      missed: () => {
        const missed = mutate(expression, random)
        return missed === null ? null : spell(missed, random)
      },
    }
  },
  'an expression rewritten by the laws of algebra': (random) => {
    const expression = randomExpression(random)
    const rewritten = () => rewrite(expression, random, 1 + random.below(4))
    return {
      spelled: () => spell(rewritten(), random),
      missed: () => {
        const missed = mutate(rewritten(), random)
        return missed === null ? null : spell(missed, random)
      },
    }
  },
}

/** Every kind of answer, by its name in words. */
export const answerKinds: Readonly<Record<string, AnswerKind>> = {
  ...expressions,
  ...numberAnswers,
  ...structureAnswers,
}
