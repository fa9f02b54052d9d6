import { Slots } from '@ratchet/adapters/verifier/judge/slots.ts'
import type { MeasuredVerdict, VerifierPool } from '@ratchet/adapters/verifier/pool/verifier-pool.ts'
import { shorten, solutionOf } from '@ratchet/adapters/verifier/solution-of.ts'
import { assertNever } from '@ratchet/domain/assert-never.ts'
import type { Verification } from '@ratchet/domain/problem.ts'
import type { Verdict } from '@ratchet/domain/verdict.ts'
import type { Verifier } from '@ratchet/ports/verifier.ts'
import type { VerifyRow } from './verify-row.ts'

export type RowVerifierSettings = {
  /** Threads that compare answers at most. */
  readonly workers?: number | undefined
  /** Of one comparison, in ms. */
  readonly deadlineMs?: number | undefined
  /** Runs the programs of rows of kind `code`. */
  readonly code: () => Promise<Closable>
  /** Decides rows of kind `judge`; left out, they are undecided. */
  readonly judge?: (() => Promise<Closable>) | undefined
}

export type Closable = Verifier & { close?(): Promise<void> }

export type RowVerifiers = {
  verify(row: VerifyRow, signal: AbortSignal): Promise<MeasuredVerdict>
  close(): Promise<void>
}

/** Programs at once. */
export const mostPrograms = 2
/** Questions to the judge at once. */
export const mostQuestions = 16

/** A verifier for each kind of row; each is opened when the first row asks for it. */
export function openRowVerifiers(settings: RowVerifierSettings): RowVerifiers {
  const { workers, deadlineMs, code, judge } = settings
  const pool = once(async (): Promise<VerifierPool> => {
    const { createVerifierPool } = await import('@ratchet/adapters/verifier/pool/verifier-pool.ts')
    return await createVerifierPool({ threads: workers, deadlineMs })
  })
  const programs = { open: once(code), slots: new Slots(mostPrograms) }
  const questions = judge === undefined ? null : { open: once(judge), slots: new Slots(mostQuestions) }

  async function ask(
    { open, slots }: { readonly open: Once<Closable>; readonly slots: Slots },
    row: VerifyRow,
    verification: Verification,
    signal: AbortSignal,
  ): Promise<MeasuredVerdict> {
    const verifier = await open()
    const problem = { id: 'row', prompt: row.problem ?? '', verification }
    return await slots.run(async () => {
      const beganAt = performance.now()
      const verdict = await verifier.verify(problem, solutionOf(row.response), signal)
      return { verdict, ms: performance.now() - beganAt }
    }, signal)
  }

  return {
    async verify(row, signal) {
      const { kind } = row
      const gold = typeof row.gold === 'string' ? [row.gold] : row.gold
      switch (kind) {
        case 'math':
        case 'choice':
          return await (await pool()).check({ kind, gold, options: row.options ?? {} }, shorten(row.response), signal)
        case 'exact':
          return await (await pool()).check({ kind, gold, options: {} }, solutionOf(row.response), signal)
        case 'code':
          return await ask(programs, row, { kind, gold }, signal)
        case 'judge':
          if (questions === null)
            return { verdict: none('no judge is set up: name one by --judge-url and --judge-model'), ms: 0 }
          return await ask(questions, row, { kind, gold }, signal)
        default:
          return assertNever(kind)
      }
    },
    async close() {
      await Promise.all(
        [pool.opened(), programs.open.opened(), questions?.open.opened()].map(async (each) => (await each)?.close?.()),
      )
    },
  }
}

function none(reason: string): Verdict {
  return { decision: 'undecided', reason, extracted: null, verifier: 'none' }
}

type Once<Value> = { (): Promise<Value>; readonly opened: () => Promise<Value | null> }

/** Opens at the first call. `opened` gives what was opened, if it was, and does not open. */
function once<Value>(open: () => Promise<Value>): Once<Value> {
  let value: Promise<Value> | null = null
  return Object.assign(() => (value ??= open()), {
    opened: async () => {
      try {
        return await value
      } catch {
        return null
      }
    },
  })
}
