import { afterEach, describe, expect, test } from '@jest/globals'
import { describeVerifier } from '@ratchet/ports/testing/verifier-contract.ts'
import type { AnswerCheck } from '../answer-check.ts'
import { verifyInOrder } from '../verify-in-order.ts'
import type { Canary } from './canary.ts'
import { createVerifierPool, type VerifierPool, type VerifierPoolSettings } from './verifier-pool.ts'

const gold = (...golds: string[]): AnswerCheck => ({ kind: 'math', gold: golds, options: {} })
const hostile = new URL('./testing/hostile-checker.ts', import.meta.url)
const open: VerifierPool[] = []

async function hostilePool(settings: VerifierPoolSettings = {}): Promise<VerifierPool> {
  const pool = await createVerifierPool({ checker: hostile, canaries: [], deadlineMs: 200, threads: 2, ...settings })
  open.push(pool)
  return pool
}

async function decisions(pool: VerifierPool, solutions: readonly string[]): Promise<string[]> {
  const verdicts = await Promise.all(solutions.map((each) => pool.check(gold('4'), each)))
  return verdicts.map(({ verdict }) => verdict.decision)
}

afterEach(async () => {
  for (const pool of open.splice(0)) await pool.close()
})

describeVerifier('a pool of threads', async () => {
  const pool = await createVerifierPool()
  return {
    verifier: pool,
    verification: { kind: 'math', gold: ['42'] },
    right: 'It is \\boxed{42}.',
    wrong: 'It is \\boxed{41}.',
    undecidable: 'x'.repeat(8_000_001),
    close: () => pool.close(),
  }
})

describe('a pool of threads', () => {
  test.each([
    ['that never ends', 'loop', 'longer than 200 ms'],
    ['that takes all memory', 'allocate', 'more than 32 MiB of memory'],
    ['that ends its thread', 'exit', 'ended with 7'],
    ['that stands still', 'stand still', 'stood still|longer than 200 ms'],
    ['that fails', 'throw', 'no such number'],
  ])('a comparison %s is undecided with the reason, and no other loses anything', async (_what, solution, reason) => {
    const pool = await hostilePool({ memoryMb: 32, deadlineMs: solution === 'allocate' ? 60_000 : 200 })
    const around = (index: number): string => (index % 2 === 0 ? '4' : '5')
    const solutions = Array.from({ length: 60 }, (_, index) => (index === 20 ? solution : around(index)))
    const asked = solutions.map((each) => pool.check(gold('4'), each))
    const verdicts = (await Promise.all(asked)).map(({ verdict }) => verdict)
    expect(verdicts[20]).toMatchObject({ decision: 'undecided', extracted: null, verifier: 'math@1' })
    expect(verdicts[20]?.reason).toMatch(new RegExp(reason))
    expect(verdicts.map(({ decision }) => decision)).toEqual(
      solutions.map((each) => (each === solution ? 'undecided' : each === '4' ? 'correct' : 'incorrect')),
    )
    expect(await decisions(pool, ['4', '5', '4'])).toEqual(['correct', 'incorrect', 'correct'])
  })

  test('many comparisons that never end are each given up, the others between them are decided', async () => {
    const pool = await hostilePool({ deadlineMs: 50 })
    const solutions = Array.from({ length: 40 }, (_, index) => (index % 5 === 0 ? 'loop' : '4'))
    expect(await decisions(pool, solutions)).toEqual(
      solutions.map((each) => (each === 'loop' ? 'undecided' : 'correct')),
    )
  })

  test('waiting for a thread does not count against a comparison', async () => {
    const pool = await hostilePool({ deadlineMs: 400, threads: 1 })
    const all = await decisions(pool, [...Array.from({ length: 12 }, () => 'slow60'), '4'])
    expect(all).toEqual([...Array.from({ length: 12 }, () => 'incorrect'), 'correct'])
  })

  test('a process that is busy with something else counts against no comparison', async () => {
    const pool = await hostilePool({ deadlineMs: 100, threads: 1 })
    const asked = decisions(pool, ['slow20', '4', 'slow20'])
    await new Promise(setImmediate)
    for (const endAt = performance.now() + 500; performance.now() < endAt; );
    expect(await asked).toEqual(['incorrect', 'correct', 'incorrect'])
  })

  test('thousands of comparisons are each decided once, in the order they were asked', async () => {
    const pool = await hostilePool()
    const solutions = Array.from({ length: 5000 }, (_, index) => String(index))
    const verdicts = await Promise.all(solutions.map((each) => pool.check(gold('4'), each)))
    expect(verdicts.map(({ verdict }) => verdict.extracted)).toEqual(solutions)
  })

  test('a stream is decided in order and read no further than its window', async () => {
    const pool = await hostilePool({ deadlineMs: 100 })
    let read = 0
    let given = 0
    let ahead = 0
    async function* rows() {
      for (; read < 400; ) {
        read += 1
        ahead = Math.max(ahead, read - given)
        yield read % 100 === 7 ? 'loop' : String(read)
      }
    }
    const extracted: (string | null)[] = []
    for await (const { verdict } of verifyInOrder(rows(), (each) => pool.check(gold('4'), each), { rows: 16 })) {
      given += 1
      extracted.push(verdict.extracted)
    }
    expect(extracted).toEqual(
      Array.from({ length: 400 }, (_, index) => ((index + 1) % 100 === 7 ? null : String(index + 1))),
    )
    expect(ahead).toBeLessThanOrEqual(17)
  })

  test('a solution over the limit is undecided without being sent', async () => {
    const pool = await hostilePool({ longestText: 1000 })
    const { verdict } = await pool.check(gold('4'), 'x'.repeat(1001))
    expect(verdict).toMatchObject({ decision: 'undecided', reason: 'the solution is longer than 1000 characters' })
    const other = await pool.check(gold('4'.repeat(1001)), 'x')
    expect(other.verdict.reason).toContain('golds and choices are longer than 1000')
  })

  test('an abort takes back what waits and what runs', async () => {
    const pool = await hostilePool({ threads: 1, deadlineMs: 300 })
    const abort = new AbortController()
    const reason = new Error('enough')
    const asked = ['loop', '4', '5'].map((each) => pool.check(gold('4'), each, abort.signal))
    const ends = Promise.allSettled(asked)
    await new Promise((resolve) => setTimeout(resolve, 20))
    abort.abort(reason)
    expect(await ends).toEqual(asked.map(() => ({ status: 'rejected', reason })))
    expect(await decisions(pool, ['4'])).toEqual(['correct'])
  })

  test('closing rejects what is still waited for, and everything after', async () => {
    const pool = await hostilePool()
    const asked = Promise.allSettled([pool.check(gold('4'), 'loop'), pool.check(gold('4'), '4')])
    await pool.close()
    const reasons = (await asked).flatMap((end) => (end.status === 'rejected' ? [String(end.reason)] : []))
    expect(reasons).toEqual(expect.arrayContaining(['Error: the verifier pool is closed']))
    await expect(pool.check(gold('4'), '4')).rejects.toThrow('closed')
  })
})

describe('canaries', () => {
  const canary: Canary = { name: 'four is four', check: gold('4'), solution: '4', decision: 'correct' }

  test('a pool whose comparison decides one otherwise does not open, and says which', async () => {
    const wrong: Canary = { ...canary, name: 'five is four', solution: '5' }
    await expect(hostilePool({ canaries: [canary, wrong] })).rejects.toThrow(
      /the canary "five is four" must be correct: .*it was incorrect/,
    )
  })

  test('a checker that cannot be loaded is named', async () => {
    await expect(hostilePool({ checker: new URL('./testing/no-such-file.ts', import.meta.url) })).rejects.toThrow(
      'no-such-file',
    )
  })

  test('a later thread that fails one closes the pool, and whoever waits is told', async () => {
    const once = new URL('./testing/once-right-checker.ts', import.meta.url)
    const { mkdtemp, rm } = await import('node:fs/promises')
    const directory = await mkdtemp('/tmp/once-right-')
    const pool = await hostilePool({
      checker: once,
      threads: 1,
      canaries: [{ ...canary, check: gold(`${directory}/mark`) }],
    })
    const ends = await Promise.allSettled([pool.check(gold('4'), 'exit'), pool.check(gold('4'), '4')])
    await rm(directory, { recursive: true })
    expect(ends.map(({ status }) => status)).toEqual(['rejected', 'rejected'])
    await expect(pool.check(gold('4'), '4')).rejects.toThrow('the canary "four is four"')
  })
})
