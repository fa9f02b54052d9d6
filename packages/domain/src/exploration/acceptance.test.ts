import { describe, expect, test } from '@jest/globals'
import type { Decision } from '../verdict.ts'
import { type DecidedAttempt, settleProblem, usefulLength } from './acceptance.ts'

const letters: Readonly<Record<string, Decision>> = { c: 'correct', x: 'incorrect', u: 'undecided' }

/** One letter an index: c correct, x incorrect, u undecided, . not there. */
function attempts(drawn: string): DecidedAttempt[] {
  return [...drawn].flatMap((letter, index) => {
    const decision = letters[letter]
    return decision === undefined ? [] : [{ index, decision }]
  })
}

test.each([
  ['a problem without attempts is open at index 0', '', 1, 4, { state: 'open', missing: [], nextIndex: 0 }],
  ['it ends at the first correct attempt', 'xxc', 1, 4, { state: 'satisfied', prefixLength: 3, accepted: [2] }],
  [
    'it ends at the second correct attempt when two are wanted',
    'cxc',
    2,
    8,
    { state: 'satisfied', prefixLength: 3, accepted: [0, 2] },
  ],
  [
    'what came after the last accepted attempt is surplus',
    'xcccx',
    1,
    8,
    { state: 'satisfied', prefixLength: 2, accepted: [1] },
  ],
  [
    'a correct attempt behind a missing one is not accepted yet',
    'x.c',
    1,
    4,
    { state: 'open', missing: [1], nextIndex: 3 },
  ],
  [
    'at the cap a problem is exhausted and keeps what it accepted',
    'xcxu',
    2,
    4,
    { state: 'exhausted', prefixLength: 4, accepted: [1] },
  ],
  [
    'an undecided attempt counts towards the cap, not towards the goal',
    'uu',
    1,
    2,
    { state: 'exhausted', prefixLength: 2, accepted: [] },
  ],
  ['attempts beyond the cap do not exist', 'xxc', 1, 2, { state: 'exhausted', prefixLength: 2, accepted: [] }],
  [
    'an infinite goal makes every attempt up to the cap',
    'ccc',
    Number.POSITIVE_INFINITY,
    3,
    { state: 'exhausted', prefixLength: 3, accepted: [0, 1, 2] },
  ],
  [
    'an infinite goal and cap leave a problem open',
    'cc',
    Number.POSITIVE_INFINITY,
    Number.POSITIVE_INFINITY,
    { state: 'open', missing: [], nextIndex: 2 },
  ],
] as const)('%s', (_title, drawn, accept, cap, expected) => {
  expect(settleProblem(attempts(drawn), { accept, cap })).toEqual(expected)
})

describe('the order of arrival', () => {
  test('never changes what is accepted', () => {
    const forward = attempts('xcxcxxcx')
    const goal = { accept: 2, cap: 8 }
    expect(settleProblem([...forward].reverse(), goal)).toEqual(settleProblem(forward, goal))
  })

  test('never changes it however much surplus was in flight', () => {
    const goal = { accept: 2, cap: 64 }
    const settled = settleProblem(attempts('xcxc'), goal)
    for (const surplus of ['c', 'x', '.c', 'xxcx..c'])
      expect(settleProblem(attempts(`xcxc${surplus}`), goal)).toEqual(settled)
  })
})

test.each([
  ['everything up to the cap is useful while too few are correct', 'x.c', 2, 8, 8],
  ['nothing behind the last needed correct attempt is useful, though an earlier one is missing', '.xcx', 1, 8, 3],
  ['an infinite goal finds everything useful', 'ccc', Number.POSITIVE_INFINITY, 8, 8],
] as const)('%s', (_title, drawn, accept, cap, expected) => {
  expect(usefulLength(attempts(drawn), { accept, cap })).toBe(expected)
})
