import { expect, test } from '@jest/globals'
import { isMajorityCorrect, type VotedAttempt } from './majority.ts'

/** `4` is correct. */
const vote = (...answers: (string | null)[]): VotedAttempt[] =>
  answers.map((answer) => ({ answer, correct: answer?.trim() === '4' }))

test.each([
  ['the most frequent answer wins', vote('5', '4', '4'), true],
  ['a frequent wrong answer wins over a rare correct one', vote('4', '5', '5'), false],
  ['a tie goes to the answer seen first', vote('4', '5', '5', '4'), true],
  ['a tie goes to the answer seen first, even if wrong', vote('5', '4'), false],
  ['attempts without an answer do not vote', vote(null, null, '4'), true],
  ['white space does not make another answer', vote('5', ' 4', '4 '), true],
  ['without votes nothing is correct', vote(null), false],
  ['without attempts nothing is correct', [], false],
] as const)('%s', (_title, attempts, expected) => expect(isMajorityCorrect(attempts)).toBe(expected))
