import type { AnswerOptions } from '@ratchet/answer-equivalence/index.ts'
import { answerKinds } from '@ratchet/answer-equivalence/testing/random-answers/answer-kinds.ts'
import { createRandom, type Random } from '@ratchet/answer-equivalence/testing/random-answers/random.ts'
import { randomResponse } from '@ratchet/answer-equivalence/testing/random-answers/random-response.ts'
import { attacks } from './attacks.ts'
import { byteSoup, mutateText, tokenSoup } from './mutate-text.ts'

export interface FuzzInput {
  readonly response: string
  readonly gold: string
  readonly options: AnswerOptions
}

const kinds = Object.values(answerKinds)
const attackList = Object.values(attacks)

/** The input of this index in the run of this seed; always the same. */
export function fuzzInput(seed: number, index: number): FuzzInput {
  const random = createRandom(Math.imul(seed, 0x9e3779b1) ^ Math.imul(index + 1, 0x85ebca6b))
  const { spelled, missed } = random.pick(kinds)(random)
  const gold = goldText(spelled(), random)
  const other = answerText(random.chance(0.5) ? spelled() : (missed() ?? gold), random)
  const answer = random.chance(0.2) ? gold : other
  const response = random.chance(0.7) ? randomResponse(answer, random) : answer
  return {
    response: random.chance(0.15) ? mutateText(response, random) : response,
    gold,
    options: randomOptions(random),
  }
}

/** Golds are mostly sound: behind one that does not parse nothing else is reached. */
function goldText(sound: string, random: Random): string {
  return random.chance(0.6) ? sound : answerText(sound, random)
}

function answerText(sound: string, random: Random): string {
  switch (random.below(8)) {
    case 0:
    case 1:
      return sound
    case 2:
    case 3:
      return mutateText(sound, random)
    case 4:
      return attackText(random)
    case 5:
      return mutateText(attackText(random), random)
    case 6:
      return tokenSoup(random)
    default:
      return byteSoup(random)
  }
}

/** Mostly small, where mathematics is done; at times huge, where limits must hold. */
function attackText(random: Random): string {
  const most = random.pick([4, 12, 40, 40, 150, 150, 1000, 1000, random.chance(0.1) ? 100_000 : 4000])
  return random
    .pick(attackList)(1 + random.below(most))
    .slice(0, 1_000_000)
}

function randomOptions(random: Random): AnswerOptions {
  const where: AnswerOptions = random.pick([
    {},
    {},
    { extract: ['boxed'] },
    { extract: ['raw'] },
    { extract: ['raw'] },
    { extract: ['latex', 'expression', 'last-number'] },
    { extract: ['choice'], choices: ['1', '$x^2$', 'even', '\\frac{1}{2}'] },
  ])
  const how: AnswerOptions = random.pick([{}, {}, { strict: true }, { decimals: random.below(101) }])
  return { ...where, ...how, ...random.pick<AnswerOptions>([{}, { percent: 'ignore' }, { percent: 'exact' }]) }
}
