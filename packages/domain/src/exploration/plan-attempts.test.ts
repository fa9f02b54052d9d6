import { describe, expect, test } from '@jest/globals'
import type { Decision } from '../verdict.ts'
import { settleProblem } from './acceptance.ts'
import { nextAttempts, type ProblemProgress } from './plan-attempts.ts'

const letters: Readonly<Record<string, Decision>> = { c: 'correct', x: 'incorrect', u: 'undecided' }

/** One letter an index, as in acceptance; `>` is in flight. */
function problem(problemId: string, drawn: string): ProblemProgress {
  const attempts = [...drawn].flatMap((letter, index) => {
    const decision = letters[letter]
    return decision === undefined ? [] : [{ index, decision }]
  })
  return { problemId, attempts, inFlight: [...drawn].flatMap((letter, index) => (letter === '>' ? [index] : [])) }
}

const plan = (problems: Record<string, string>, accept: number, cap: number, freeSlots: number) =>
  nextAttempts(
    Object.entries(problems).map(([id, drawn]) => problem(id, drawn)),
    { accept, cap, freeSlots },
  )
    .map(({ problemId, index }) => `${problemId}${index}`)
    .join(' ')

test.each([
  ['every problem gets its first attempt before any gets a second', { a: '', b: '', c: '' }, 1, 8, 3, 'a0 b0 c0'],
  ['problems with the fewest attempts come first', { a: 'xx', b: '', c: 'x' }, 1, 8, 2, 'b0 c1'],
  ['one in flight is enough while other problems wait', { a: '>', b: '' }, 1, 8, 1, 'b0'],
  ['idle slots raise the number in flight, level by level', { a: '', b: '' }, 2, 8, 4, 'a0 b0 a1 b1'],
  ['a hole left by a crash is filled before a new index', { a: 'x.x' }, 1, 8, 1, 'a1'],
  ['nothing is started behind enough correct attempts, only the hole before them', { a: '.c' }, 1, 8, 9, 'a0'],
  ['nothing is started when all that could matter is in flight', { a: '>c' }, 1, 8, 9, ''],
  ['a settled problem gets nothing', { a: 'c', b: 'xx' }, 1, 2, 9, ''],
  ['nothing is started beyond the cap', { a: 'x>' }, 1, 3, 9, 'a2'],
  ['a fresh problem gets no more in flight than its expected need', { a: '' }, 1, 64, 99, 'a0 a1 a2'],
  ['an infinite goal starts everything up to the cap', { a: '>x' }, Number.POSITIVE_INFINITY, 4, 9, 'a2 a3'],
  ['no free slot starts nothing', { a: '' }, 1, 4, 0, ''],
] as const)('%s', (_title, problems, accept, cap, freeSlots, expected) => {
  expect(plan(problems, accept, cap, freeSlots)).toBe(expected)
})

describe('played to the end', () => {
  const correct = (problemAt: number, index: number) =>
    ((problemAt * 7919 + index * 104729 + 13) % 97) / 97 < problemAt / 40
  const play = (slots: number) => {
    const goal = { accept: 2, cap: 16 }
    const ids = Array.from({ length: 20 }, (_, at) => `p${at}`)
    const state = new Map(
      ids.map((id) => [id, { attempts: [] as { index: number; decision: Decision }[], inFlight: [] as number[] }]),
    )
    let made = 0
    for (let turn = 0; ; turn++) {
      const busy = [...state.values()].reduce((sum, each) => sum + each.inFlight.length, 0)
      const problems = [...state].map(([problemId, each]) => ({ problemId, ...each }))
      for (const { problemId, index } of nextAttempts(problems, { ...goal, freeSlots: slots - busy })) {
        state.get(problemId)?.inFlight.push(index)
        made++
      }
      const running = [...state].filter(([, each]) => each.inFlight.length > 0)
      const [id, each] = running[(turn * 31) % running.length] ?? []
      if (id === undefined || each === undefined) break
      const [index] = each.inFlight.splice((turn * 17) % each.inFlight.length, 1)
      const decision = correct(ids.indexOf(id), index ?? 0) ? 'correct' : 'incorrect'
      each.attempts.push({ index: index ?? 0, decision })
    }
    return { made, outcome: ids.map((id) => settleProblem(state.get(id)?.attempts ?? [], goal)) }
  }

  test('every number of slots settles every problem, with the same outcome', () => {
    const alone = play(1)
    expect(alone.outcome.every((each) => each.state !== 'open')).toBe(true)
    for (const slots of [2, 7, 20, 64, 500]) expect(play(slots).outcome).toEqual(alone.outcome)
  })

  test('one slot makes no attempt that does not count', () => {
    const { made, outcome } = play(1)
    expect(made).toBe(outcome.reduce((sum, each) => sum + (each.state === 'open' ? 0 : each.prefixLength), 0))
  })
})
