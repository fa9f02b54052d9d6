import { expect, test } from '@jest/globals'
import { describeVerifier } from '@ratchet/ports/testing/verifier-contract.ts'
import { createAnswerChecker } from './answer-check.ts'
import { createAnswerVerifier } from './answer-verifier.ts'

const verifier = createAnswerVerifier(createAnswerChecker())

describeVerifier('the comparison of mathematics', async () => ({
  verifier,
  verification: { kind: 'math', gold: ['42'] },
  right: 'It is \\boxed{42}.',
  wrong: 'It is \\boxed{41}.',
  undecidable: 'x'.repeat(8_000_001),
  close: async () => {},
}))

describeVerifier('the comparison of choices', async () => ({
  verifier,
  verification: { kind: 'choice', gold: ['B'], choices: ['three', 'four'] },
  right: 'The answer is (B).',
  wrong: 'The answer is (A).',
  undecidable: 'x'.repeat(8_000_001),
  close: async () => {},
}))

describeVerifier('the comparison of spellings', async () => ({
  verifier,
  verification: { kind: 'exact', gold: ['42'] },
  right: 'It is \\boxed{42}.',
  wrong: 'It is \\boxed{41}.',
  undecidable: `\\boxed{${'4'.repeat(5000)}}`,
  close: async () => {},
}))

test('what is not decided by comparison is undecided', async () => {
  for (const kind of ['code', 'judge'] as const) {
    const verdict = await verifier.verify({ id: 'p', prompt: '?', verification: { kind, gold: ['4'] } }, '\\boxed{4}')
    expect(verdict).toMatchObject({ decision: 'undecided', reason: expect.stringContaining(kind), verifier: 'none' })
  }
})
