import { expect, test } from '@jest/globals'
import { passAtK } from './pass-at-k.ts'

test.each([
  ['without a correct attempt it is 0', 10, 0, 5, 0],
  ['with only correct attempts it is 1', 10, 10, 1, 1],
  ['pass@1 is the share of correct ones', 10, 3, 1, 0.3],
  ['fewer wrong ones than k make it 1', 10, 6, 5, 1],
  ['1 - C(3,2) / C(5,2)', 5, 2, 2, 0.7],
  ['1 - C(15,10) / C(20,10)', 20, 5, 10, 1 - 3003 / 184_756],
  ['with k = n one correct one is enough', 1024, 1, 1024, 1],
  ['a thousand attempts overflow nothing', 1000, 1, 500, 0.5],
])('%s', (_title, n, c, k, expected) => expect(passAtK(n, c, k)).toBeCloseTo(expected, 12))

test.each([
  [5, 6, 1],
  [5, -1, 1],
  [5, 1, 6],
  [5, 1, 0],
  [0, 0, 1],
])('%i attempts, %i correct, k = %i has no estimate', (n, c, k) => expect(() => passAtK(n, c, k)).toThrow(RangeError))
