import { expect, test } from '@jest/globals'
import type { Candidate } from '../curation/candidate.ts'
import { PreferencePairs } from '../recipe/recipe.ts'
import { thoughtFormat } from '../thought-format/thought-format.ts'
import { buildPairs } from './pair.ts'

const format = thoughtFormat('think')

function candidate(index: number, given: Partial<Candidate>): Candidate {
  const { roundIndex = 1, problemId = 'p' } = given
  return {
    trajectoryId: `${roundIndex}/${problemId}/${index}`,
    problemId,
    roundIndex,
    index,
    purpose: 'explore',
    text: `<think>${index}</think>4`,
    finish: 'stop',
    decision: 'correct',
    completionTokens: 10,
    perplexity: null,
    policyVersion: 'm',
    ...given,
  }
}
const wrong = (index: number, given: Partial<Candidate> = {}) => candidate(index, { decision: 'incorrect', ...given })
const right = candidate

const paired = (candidates: readonly Candidate[], parameters: unknown = {}) =>
  buildPairs(candidates, PreferencePairs.parse(parameters), format).map(
    ({ chosen, rejected }) => `${chosen.index}>${rejected.index}`,
  )

test.each<[string, Candidate[], unknown, string[]]>([
  ['the first correct one is preferred to the first incorrect one', [wrong(0), wrong(1), right(2, {})], {}, ['2>0']],
  ['a problem with only correct ones gives no pair', [right(0, {}), right(1, {})], {}, []],
  ['two problems are never mixed', [right(0, {}), wrong(1, { problemId: 'q' })], {}, []],
  ['two rounds are never mixed', [right(0, {}), wrong(1, { roundIndex: 2 })], {}, []],
  ['an undecided one is on neither side', [right(0, {}), candidate(1, { decision: 'undecided' })], {}, []],
  ['a chosen one must have the format', [right(0, { text: '4' }), wrong(1)], {}, []],
  [
    'a chosen one must have ended by itself',
    [right(0, { finish: 'length' }), wrong(1)],
    { allowTruncatedRejected: true },
    [],
  ],
  ['a rejected one need not have the format', [right(0, {}), wrong(1, { text: '5' })], {}, ['0>1']],
  ['a truncated one is not rejected by default', [right(0, {}), wrong(1, { finish: 'length' })], {}, []],
  [
    'a truncated one is rejected where that is allowed',
    [right(0, {}), wrong(1, { finish: 'length' })],
    { allowTruncatedRejected: true },
    ['0>1'],
  ],
  [
    'a failed rollout is never rejected',
    [right(0, {}), wrong(1, { finish: 'error' })],
    { allowTruncatedRejected: true },
    [],
  ],
  [
    'the same text is on a side once',
    [
      right(0, { text: '<think>a</think>4' }),
      right(1, { text: '<think>a</think>\n4' }),
      right(2, { text: '<think>a</think> 4' }),
      wrong(3),
      wrong(4),
    ],
    { pairsPerProblem: 2 },
    ['0>3', '1>4'],
  ],
  [
    'as many pairs as asked for, each candidate in one',
    [right(0, {}), right(1, {}), wrong(2), wrong(3), wrong(4)],
    { pairsPerProblem: 3 },
    ['0>2', '1>3'],
  ],
  [
    'STILL-2 prefers an unlikely correct one to a likely incorrect one',
    [
      right(0, { perplexity: 2 }),
      right(1, { perplexity: 3 }),
      wrong(2, { perplexity: 1.5 }),
      wrong(3, { perplexity: 1.2 }),
      wrong(4),
    ],
    { chosen: 'highest-perplexity', rejected: 'lowest-perplexity' },
    ['1>3'],
  ],
  [
    'equal perplexities go by index',
    [wrong(3, { perplexity: 2 }), wrong(1, { perplexity: 2 }), right(0, {})],
    { rejected: 'lowest-perplexity' },
    ['0>1'],
  ],
])('%s', (_title, candidates, parameters, expected) => {
  expect(paired(candidates, parameters)).toEqual(expected)
  expect(paired([...candidates].reverse(), parameters)).toEqual(expected)
})
