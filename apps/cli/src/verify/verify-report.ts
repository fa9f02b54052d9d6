import { bar, compact, percent } from '../progress/bar.ts'
import type { Tally } from './tally.ts'

/** `kept`: rows that the output file held already. `share`: of the input that was read; null where its length is not known. */
export type VerifyProgress = {
  readonly rows: number
  readonly kept: number
  readonly share: number | null
  /** Since the begin. */
  readonly ms: number
}

/** The line that is shown while rows are verified. */
export function progressLine({ counts }: Tally, { rows, kept, share, ms }: VerifyProgress): string {
  const { correct, incorrect, undecided } = counts
  const known = share === null ? '' : `${bar(share, 24)}  ${percent(share)} · `
  return `${known}${compact(rows)} rows · ${rate(rows - kept, ms)} · ${compact(correct)} correct · ${compact(incorrect)} incorrect · ${compact(undecided)} undecided`
}

export type VerifySummary = Omit<VerifyProgress, 'share'> & {
  readonly interrupted: boolean
}

/** What came out, and where `undecided` came from. */
export function summaryLines(tally: Tally, { rows, kept, ms, interrupted }: VerifySummary): string[] {
  const { correct, incorrect, undecided } = tally.counts
  const had = kept === 0 ? '' : `, ${kept} of them were there already`
  const head = `${rows} rows${had}: ${correct} correct, ${incorrect} incorrect, ${undecided} undecided`
  const reasons = tally.undecided()
  const rest = reasons.slice(8).reduce((sum, [, count]) => sum + count, 0)
  return [
    `${head}; ${(ms / 1000).toFixed(1)} s, ${rate(rows - kept, ms)}`,
    ...reasons.slice(0, 8).map(([reason, count]) => `  ${count} undecided: ${reason}`),
    ...(rest === 0 ? [] : [`  ${rest} undecided for other reasons`]),
    ...(interrupted ? ['interrupted; with --output the same command goes on here'] : []),
  ]
}

/** The same for programs. */
export function summaryJson(tally: Tally, summary: VerifySummary): string {
  return JSON.stringify({ ...summary, ...tally.counts, undecidedBecause: Object.fromEntries(tally.undecided()) })
}

function rate(rows: number, ms: number): string {
  return `${compact(ms === 0 ? 0 : (rows * 1000) / ms)} verdicts/s`
}
