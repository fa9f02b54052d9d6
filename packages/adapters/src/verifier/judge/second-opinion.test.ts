import { expect, test } from '@jest/globals'
import type { Problem } from '@ratchet/domain/problem.ts'
import type { Decision, Verdict } from '@ratchet/domain/verdict.ts'
import { type Comparison, createSecondOpinion, type SecondOpinionSettings } from './second-opinion.ts'

const problem: Problem = { id: 'p', prompt: '2 + 2?', verification: { kind: 'math', gold: ['4'] } }
const verdict = (decision: Decision, verifier: string): Verdict => ({
  decision,
  reason: `${verifier} says so`,
  extracted: '4',
  verifier,
})

function opinion(first: Decision, second: Decision, settings: Partial<SecondOpinionSettings> = {}) {
  const asked: string[] = []
  const comparisons: Comparison[] = []
  const verifier = createSecondOpinion({
    first: { verify: async () => verdict(first, 'math@1') },
    judge: {
      verify: async (_problem, solution) => {
        asked.push(solution)
        return verdict(second, 'judge@1:m')
      },
    },
    undecided: true,
    share: 0,
    onComparison: (comparison) => comparisons.push(comparison),
    ...settings,
  })
  return { asked, comparisons, verify: (solution = 's') => verifier.verify(problem, solution) }
}

test('the judge decides what the first leaves undecided, and the reason names both', async () => {
  const { verify, comparisons } = opinion('undecided', 'correct')
  expect(await verify()).toEqual({
    decision: 'correct',
    reason: 'judge@1:m says so; math@1 was undecided: math@1 says so',
    extracted: '4',
    verifier: 'judge@1:m',
  })
  expect(comparisons).toHaveLength(1)
})

test('the first verdict stays where the judge is undecided too', async () => {
  expect(await opinion('undecided', 'undecided').verify()).toMatchObject({
    decision: 'undecided',
    reason: 'math@1 says so; judge@1:m is undecided: judge@1:m says so',
    verifier: 'math@1',
  })
})

test('the judge is not asked for what is decided, nor for anything when it is not wanted', async () => {
  for (const each of [opinion('correct', 'incorrect'), opinion('undecided', 'correct', { undecided: false })]) {
    expect(await each.verify()).toMatchObject({ reason: 'math@1 says so', verifier: 'math@1' })
    expect(each.asked).toEqual([])
  }
})

test.each([
  ['correct', 'correct', 'agrees'],
  ['correct', 'incorrect', 'disagrees'],
  ['incorrect', 'correct', 'disagrees'],
] as const)('a %s one stays where the judge finds %s: the reason says that it %s', async (first, second, word) => {
  const { verify, comparisons } = opinion(first, second, { share: 1 })
  expect(await verify()).toEqual({ ...verdict(first, 'math@1'), reason: `math@1 says so; judge@1:m ${word}` })
  expect(comparisons.map((each) => [each.first.decision, each.second.decision])).toEqual([[first, second]])
})

test('about the share that is asked for is drawn, and always the same', async () => {
  const solutions = Array.from({ length: 400 }, (_, index) => `solution ${index}`)
  const drawn = async () => {
    const { verify, asked } = opinion('correct', 'correct', { share: 0.25 })
    for (const solution of solutions) await verify(solution)
    return asked
  }
  const first = await drawn()
  expect(first.length).toBeGreaterThan(70)
  expect(first.length).toBeLessThan(130)
  expect(await drawn()).toEqual(first)
})
