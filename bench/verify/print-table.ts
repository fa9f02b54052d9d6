import type { FileScore } from './file-score.ts'
import { percent, type ScoredFile } from './thresholds.ts'

const columns = [
  'file',
  'verifier',
  'rows',
  'agree',
  'FP',
  'FN',
  'undecided',
  'per s',
  'per CPU s',
  'p50',
  'p99',
  'max ms',
]

/** One line a file and verifier: agreement with the labels, errors, verdicts a second by wall clock and by CPU, times of rows in ms. */
export function scoreTable(files: readonly ScoredFile[]): string {
  const rows = files.flatMap(({ file, ratchet, mathVerify }) => [
    cells(file, 'ratchet', ratchet),
    ...(mathVerify === null ? [] : [cells('', 'math-verify', mathVerify)]),
  ])
  const widths = columns.map((name, column) => Math.max(name.length, ...rows.map((row) => row[column]?.length ?? 0)))
  const line = (row: readonly string[]) =>
    row.map((cell, column) => (column < 2 ? cell.padEnd(widths[column] ?? 0) : cell.padStart(widths[column] ?? 0)))
  return [columns, ...rows].map((row) => line(row).join('  ').trimEnd()).join('\n')
}

function cells(file: string, verifier: string, score: FileScore): string[] {
  const perSecond = (ms: number) => (ms === 0 ? '' : ((score.rows / ms) * 1000).toFixed(0))
  const counts = [score.falsePositives, score.falseNegatives, score.undecided].map(String)
  const times = [score.p50Ms, score.p99Ms, score.maxMs].map((ms) => ms.toFixed(2))
  const speeds = [perSecond(score.wallMs), perSecond(score.cpuMs)]
  return [file, verifier, String(score.rows), percent(score.agree / score.rows), ...counts, ...speeds, ...times]
}
