import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import type { Problem, Verification } from '@ratchet/domain/problem.ts'
import { Verdict } from '@ratchet/domain/verdict.ts'
import type { Verifier } from '../verifier.ts'

export type VerifierHarness = {
  readonly verifier: Verifier
  /** A verification that `right` passes and `wrong` does not; `undecidable` cannot be decided. */
  readonly verification: Verification
  readonly right: string
  readonly wrong: string
  readonly undecidable: string
  close(): Promise<void>
}

/** What every verifier promises. */
export function describeVerifier(name: string, make: () => Promise<VerifierHarness>): void {
  describe(`${name}, as a verifier`, () => {
    let harness: VerifierHarness
    let problem: Problem
    beforeAll(async () => {
      harness = await make()
      problem = { id: 'p', prompt: 'What is it?', verification: harness.verification }
    }, 120_000)
    afterAll(async () => await harness?.close())

    const verify = async (solution: string, signal?: AbortSignal): Promise<Verdict> => {
      const verdict = await harness.verifier.verify(problem, solution, signal)
      expect(Verdict.parse(verdict)).toEqual(verdict)
      expect(verdict.reason).toMatch(/\S/)
      expect(verdict.verifier).toMatch(/^[a-z][a-z-]*@\S+$/)
      return verdict
    }

    test('a right solution is correct', async () => {
      expect(await verify(harness.right)).toMatchObject({ decision: 'correct' })
    })

    test('a wrong solution is incorrect', async () => {
      expect(await verify(harness.wrong)).toMatchObject({ decision: 'incorrect' })
    })

    test('what cannot be decided is undecided', async () => {
      expect(await verify(harness.undecidable)).toMatchObject({ decision: 'undecided' })
    })

    test.each([
      ['nothing', ''],
      ['white space', ' \n\t\u00a0'],
      ['control characters and halves of characters', '\u0000\u0007\ud800 \udfff\ufeff'],
      ['many open braces', '\\boxed{'.repeat(2000)],
      ['many open brackets', '('.repeat(20_000)],
      ['a very long line', 'x'.repeat(1_000_000)],
      ['a tower of powers', '\\boxed{9^{9^{9^{9^{9^{9}}}}}}'],
    ])('%s gets a verdict that is not correct', async (_what, solution) => {
      expect((await verify(solution)).decision).not.toBe('correct')
    })

    test('the same solution gets the same decision, alone and among others', async () => {
      const solutions = Array.from({ length: 12 }, (_, index) => (index % 3 === 0 ? harness.right : harness.wrong))
      const decisions = (await Promise.all(solutions.map((each) => verify(each)))).map(({ decision }) => decision)
      expect(decisions).toEqual(solutions.map((each) => (each === harness.right ? 'correct' : 'incorrect')))
      expect((await verify(harness.right)).decision).toBe('correct')
    })

    test('a call that is aborted rejects with the reason, and the next is decided', async () => {
      const reason = new Error('no longer needed')
      await expect(verify(harness.right, AbortSignal.abort(reason))).rejects.toBe(reason)
      const abort = new AbortController()
      const asked = verify(harness.right, abort.signal)
      abort.abort(reason)
      const end = await asked.catch((error: unknown) => error)
      // It may have been decided already.
      if (end !== reason) expect(end).toMatchObject({ decision: 'correct' })
      expect(await verify(harness.right)).toMatchObject({ decision: 'correct' })
    })
  })
}
