import { addTallies, totalsLine } from './tally.mjs'

/** Prints what ran: failures, what was skipped and why, a table of the kinds, and as the last line the totals. */
export function printReport(rows, notes) {
  const total = addTallies(rows.map(({ tally }) => tally))
  const print = (text = '') => process.stdout.write(`${text}\n`)
  if (total.failures.length > 0) print(`\nFailed\n${total.failures.map((failure) => `  ${failure}`).join('\n')}`)
  const skips = [...notes, ...total.skips.map(({ what, reason, count }) => `${count} in ${what}: ${reason}`)]
  if (skips.length > 0) print(`\nSkipped\n${skips.map((skip) => `  ${skip}`).join('\n')}`)
  print(`\n${table([...rows, { kind: 'all', tally: total }])}\n`)
  print(totalsLine(total))
}

function table(rows) {
  const columns = ['suites', 'passed', 'failed', 'skipped', 'seconds']
  const line = (first, cells) => first.padEnd(14) + cells.map((cell) => String(cell).padStart(9)).join('')
  const cells = ({ tally }) =>
    columns.map((column) => (column === 'seconds' ? tally.seconds.toFixed(1) : tally[column]))
  return [line('kind of test', columns), ...rows.map((row) => line(row.kind, cells(row)))].join('\n')
}
