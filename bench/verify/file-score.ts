import type { LabelledRow } from './labelled-row.ts'
import type { MathVerifyVerdict } from './math-verify.ts'
import type { MeasuredVerdict, Spent } from './measured-verdict.ts'

export interface JudgedRow {
  readonly row: LabelledRow
  readonly ratchet: MeasuredVerdict
  /** Null where Math-Verify was not asked. */
  readonly mathVerify: MathVerifyVerdict | null
}

/** What one verifier did on the rows of a file. */
export interface FileScore {
  readonly rows: number
  /** Verdicts that say what the label says; undecided ones do not. */
  readonly agree: number
  /** Correct, where the label says wrong. */
  readonly falsePositives: number
  /** Incorrect, where the label says right. */
  readonly falseNegatives: number
  readonly undecided: number
  readonly wallMs: number
  readonly cpuMs: number
  /** Of the rows. */
  readonly p50Ms: number
  readonly p99Ms: number
  readonly maxMs: number
}

export function scoreFile(judged: readonly (readonly [LabelledRow, MeasuredVerdict])[], spent: Spent): FileScore {
  const times = judged.map(([, { ms }]) => ms).sort((a, b) => a - b)
  const quantile = (share: number) => times[Math.min(times.length - 1, Math.floor(times.length * share))] ?? 0
  const count = (holds: (row: LabelledRow, verdict: MeasuredVerdict) => boolean) =>
    judged.filter(([row, verdict]) => holds(row, verdict)).length
  return {
    rows: judged.length,
    agree: count(agrees),
    falsePositives: count(({ label }, { decision }) => decision === 'correct' && !label),
    falseNegatives: count(({ label }, { decision }) => decision === 'incorrect' && label),
    undecided: count((_row, { decision }) => decision === 'undecided'),
    wallMs: roundMs(spent.wallMs),
    cpuMs: roundMs(spent.cpuMs),
    p50Ms: roundMs(quantile(0.5)),
    p99Ms: roundMs(quantile(0.99)),
    maxMs: roundMs(times.at(-1) ?? 0),
  }
}

export function agrees({ label }: LabelledRow, { decision }: MeasuredVerdict): boolean {
  return decision === (label ? 'correct' : 'incorrect')
}

/** To microseconds. */
function roundMs(ms: number): number {
  return Math.round(ms * 1000) / 1000
}
