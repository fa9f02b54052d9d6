import type { Verdict } from '@ratchet/domain/verdict.ts'
import type { AnswerCheck, AnswerChecker } from '../answer-check.ts'
import type { Canary } from './canary.ts'

/** What a thread is started with. */
export type ThreadData = {
  /** A module that exports `createAnswerChecker`. */
  readonly checker: string
  readonly canaries: readonly Canary[]
  /** Two numbers of 32 bits, see `progressAt`. */
  readonly progress: SharedArrayBuffer
}

/** The module of a checker. */
export type CheckerModule = { readonly createAnswerChecker: () => AnswerChecker }

/** Where a thread writes the ordinal of the row it began last, and of the row it ended last. Zero: none. */
export const progressAt = { began: 0, ended: 1 } as const

export type ThreadRow = { readonly ordinal: number; readonly check: AnswerCheck; readonly solution: string }

/** `ms`: time from the begin of the row to its end, in the thread. */
export type ThreadResult = { readonly ordinal: number; readonly verdict: Verdict; readonly ms: number }

export type FromThread =
  /** `path`: of the thread in Linux's /proc. `failedCanary`: says which one, what it should be and what it was. */
  | { readonly kind: 'started'; readonly path: string | null; readonly failedCanary: string | null }
  | { readonly kind: 'results'; readonly results: readonly ThreadResult[] }
