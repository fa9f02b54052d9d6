import { expect, test } from '@jest/globals'
import type { Problem } from '@ratchet/domain/problem.ts'
import { Verdict } from '@ratchet/domain/verdict.ts'
import { createVerifiers } from './verifiers.ts'

const problem = (...gold: string[]): Problem => ({ id: 'p', prompt: '2 + 2?', verification: { kind: 'exact', gold } })

test.each([
  ['an answer that equals the gold is correct', problem('4'), 'It is \\boxed{4.0}.', 'correct', '4.0', 'equals "4"'],
  [
    'an answer that equals one of the golds is correct',
    problem('four', '4'),
    '\\boxed{4}',
    'correct',
    '4',
    'equals "4"',
  ],
  [
    'another answer is incorrect, and the reason names both',
    problem('4'),
    '\\boxed{5}',
    'incorrect',
    '5',
    '"5" does not equal "4"',
  ],
  ['a solution without a final answer is incorrect', problem('4'), 'It is 4.', 'incorrect', null, 'no final answer'],
  ['an empty solution is incorrect', problem('4'), '', 'incorrect', null, 'no final answer'],
  [
    'an over-long answer is undecided',
    problem('4'),
    `\\boxed{${'4'.repeat(5000)}}`,
    'undecided',
    null,
    'longer than 4000',
  ],
  ['an over-long gold is undecided', problem('4'.repeat(5000)), '\\boxed{4}', 'undecided', '4', 'the gold is longer'],
] as const)('%s', async (_title, each, solution, decision, extracted, reason) => {
  const verdict = await createVerifiers().verify(each, solution)
  expect(verdict).toEqual({ decision, extracted, verifier: 'exact@1', reason: expect.stringContaining(reason) })
  expect(Verdict.parse(verdict)).toEqual(verdict)
})
