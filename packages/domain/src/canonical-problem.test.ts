import { expect, test } from '@jest/globals'
import { canonicalProblem } from './canonical-problem.ts'
import type { Problem, Verification } from './problem.ts'

const problem = (verification: Verification): Problem => ({ id: 'p', prompt: 'Which?', verification })

test('keys have a fixed order and absent ones are left out', () => {
  const exact: Verification = { kind: 'exact', gold: ['1'] }
  expect(canonicalProblem({ verification: exact, difficulty: 2, prompt: 'Which?', id: 'p' })).toBe(
    '{"id":"p","prompt":"Which?","verification":{"kind":"exact","gold":["1"]},"difficulty":2}',
  )
})

test('all that decides a verdict is in it', () => {
  const verifications: Verification[] = [
    { kind: 'exact', gold: ['1'] },
    { kind: 'judge', gold: ['1'] },
    { kind: 'math', gold: ['1'] },
    { kind: 'math', gold: ['1'], options: { strict: true } },
    { kind: 'math', gold: ['1'], options: { decimals: 2 } },
    { kind: 'math', gold: ['1'], options: { extract: ['boxed'] } },
    { kind: 'math', gold: ['1'], options: { percent: 'exact' } },
    { kind: 'choice', gold: ['A'] },
    { kind: 'choice', gold: ['A'], choices: ['1', '2'] },
    { kind: 'choice', gold: ['A'], choices: ['2', '1'] },
  ]
  expect(new Set(verifications.map((each) => canonicalProblem(problem(each)))).size).toBe(verifications.length)
})

test('empty options are none, and the order of their keys does not matter', () => {
  const line = (options: NonNullable<Extract<Verification, { kind: 'math' }>['options']>) =>
    canonicalProblem(problem({ kind: 'math', gold: ['1'], options }))
  expect(line({})).toBe(canonicalProblem(problem({ kind: 'math', gold: ['1'] })))
  expect(line({ strict: true, decimals: 2 })).toBe(line({ decimals: 2, strict: true }))
})
