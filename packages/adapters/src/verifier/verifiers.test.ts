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

const says = (decision: Verdict['decision'], name: string) => ({
  verify: async (): Promise<Verdict> => ({
    decision,
    reason: `${name} says so`,
    extracted: null,
    verifier: `${name}@1`,
  }),
})
const of = (verification: Problem['verification']): Problem => ({ id: 'p', prompt: '2 + 2?', verification })

test.each([
  [of({ kind: 'math', gold: ['4'] }), '\\boxed{4}', { decision: 'correct', verifier: expect.stringMatching(/^math@/) }],
  [of({ kind: 'code', gold: ['assert True'] }), 'pass', { decision: 'correct', verifier: 'code@1' }],
  [of({ kind: 'judge', gold: ['four'] }), 'It is four.', { decision: 'incorrect', verifier: 'judge@1' }],
] as const)('each kind of verification goes to its verifier: $verification.kind', async (each, solution, expected) => {
  const verifiers = createVerifiers({ code: says('correct', 'code'), judge: says('incorrect', 'judge') })
  expect(await verifiers.verify(each, solution)).toMatchObject(expected)
})

test.each([
  [of({ kind: 'code', gold: ['assert True'] }), 'no verifier runs programs here'],
  [of({ kind: 'judge', gold: ['four'] }), 'add verification.judge'],
])(
  'without a verifier of its kind an answer is undecided, with the remedy: $verification.kind',
  async (each, reason) => {
    const verdict = await createVerifiers().verify(each, 'four')
    expect(verdict).toMatchObject({ decision: 'undecided', reason: expect.stringContaining(reason), verifier: 'none' })
  },
)

test('the judge looks again at answers that were compared, not at programs', async () => {
  const verifiers = createVerifiers({
    answers: says('undecided', 'math'),
    code: says('undecided', 'code'),
    judge: says('correct', 'judge'),
    secondOpinion: { undecided: true, share: 0 },
  })
  const decisionOf = async (each: Problem) => (await verifiers.verify(each, '4')).decision
  expect(await decisionOf(of({ kind: 'math', gold: ['4'] }))).toBe('correct')
  expect(await decisionOf(of({ kind: 'code', gold: ['assert True'] }))).toBe('undecided')
})
