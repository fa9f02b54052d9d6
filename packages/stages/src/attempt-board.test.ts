import { expect, test } from '@jest/globals'
import { AttemptBoard } from './attempt-board.ts'

const open = (board: AttemptBoard) => board.open().map(({ problemId }) => problemId)

test('a problem is open until it has its accepted attempts, or is at its cap', () => {
  const board = new AttemptBoard(['solved', 'hopeless', 'untouched'], { accept: 1, cap: 2 })
  board.record('solved', 0, 'correct')
  board.record('hopeless', 0, 'incorrect')
  expect(open(board)).toEqual(['hopeless', 'untouched'])
  board.record('hopeless', 1, 'undecided')
  expect(open(board)).toEqual(['untouched'])
  expect(board.progress()).toEqual({ done: 2, total: 3, note: '1 correct of 3 attempts, 0 in flight' })
})

test('a correct attempt behind a missing one does not settle its problem', () => {
  const board = new AttemptBoard(['p'], { accept: 1, cap: 4 })
  board.record('p', 1, 'correct')
  expect(board.open()).toEqual([{ problemId: 'p', attempts: [{ index: 1, decision: 'correct' }], inFlight: [] }])
  board.record('p', 0, 'incorrect')
  expect(open(board)).toEqual([])
})

test('what is in flight behind enough correct attempts is cancelled at once, what is before them goes on', () => {
  const board = new AttemptBoard(['p'], { accept: 1, cap: 8 })
  const [first, second, third] = [0, 1, 2].map((index) => board.begin('p', index))
  board.record('p', 1, 'correct')
  expect([first, second, third].map((signal) => signal?.aborted)).toEqual([false, false, true])
  board.end('p', 1)
  board.record('p', 0, 'correct')
  board.end('p', 0)
  expect(first?.aborted).toBe(false)
  expect(open(board)).toEqual([])
})

test('everything in flight for a settled problem is cancelled, and nothing of other problems', () => {
  const board = new AttemptBoard(['p', 'q'], { accept: 1, cap: 8 })
  const [own, surplus, other] = [board.begin('p', 0), board.begin('p', 1), board.begin('q', 0)]
  board.record('p', 0, 'correct')
  expect([own, surplus, other].map((signal) => signal.aborted)).toEqual([false, true, false])
})

test('a cancelled attempt holds its slot until it has ended, however often its end is told', () => {
  const board = new AttemptBoard(['p'], { accept: 1, cap: 8 })
  board.begin('p', 0)
  board.begin('p', 1)
  board.record('p', 0, 'correct')
  expect(board.inFlight).toBe(2)
  for (const index of [0, 1, 1]) board.end('p', index)
  expect(board.inFlight).toBe(0)
})

test('a problem of another shard is refused by name', () => {
  expect(() => new AttemptBoard(['p'], { accept: 1, cap: 1 }).record('q', 0, 'correct')).toThrow('problem q')
})
