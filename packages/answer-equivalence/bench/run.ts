/**
 * Speed of the comparison over this package's own table of cases, in one thread: `npm run bench`, optionally with a number of passes. The
 * table goes to stdout with one JSON object as its last line.
 */
import { performance } from 'node:perf_hooks'
import { checkAnswer } from '../src/check-answer.ts'
import { allCases } from '../src/testing/cases/all-cases.ts'

const passes = Number(process.argv[2] ?? 5)
if (!Number.isInteger(passes) || passes < 1) {
  console.error('usage: npm run bench -- [passes], a whole number of at least 1')
  process.exit(2)
}

const rows = Object.entries(allCases).map(([name, cases]) => {
  const times: number[] = []
  let agreed = 0
  for (let pass = 0; pass < passes; pass++) {
    for (const { gold, response, verdict, options, orUndecided } of cases) {
      const started = performance.now()
      const { decision } = checkAnswer(response, gold, options ?? {})
      times.push(performance.now() - started)
      if (pass === 0 && (decision === verdict || (orUndecided === true && decision === 'undecided'))) agreed++
    }
  }
  times.sort((a, b) => a - b)
  const total = times.reduce((sum, ms) => sum + ms, 0)
  return {
    class: name,
    cases: cases.length,
    agreed,
    perSecond: Math.round((times.length / total) * 1000),
    p50Ms: quantile(times, 0.5),
    p99Ms: quantile(times, 0.99),
    maxMs: quantile(times, 1),
  }
})

function quantile(sorted: readonly number[], share: number): number {
  const value = sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0
  return Math.round(value * 1000) / 1000
}

const width = Math.max(...rows.map((row) => row.class.length))
console.log(`${'class'.padEnd(width)}  cases  agree  per second     p50     p99     max ms`)
for (const row of rows) {
  const cells = [row.cases, row.agreed].map((cell) => String(cell).padStart(5)).join('  ')
  const times = [row.p50Ms, row.p99Ms, row.maxMs].map((ms) => ms.toFixed(3).padStart(6)).join('  ')
  console.log(`${row.class.padEnd(width)}  ${cells}  ${String(row.perSecond).padStart(10)}  ${times}`)
}
const cases = rows.reduce((sum, row) => sum + row.cases, 0)
const seconds = rows.reduce((sum, row) => sum + row.cases / row.perSecond, 0)
console.log(
  JSON.stringify({
    passes,
    cases,
    agreed: rows.reduce((sum, row) => sum + row.agreed, 0),
    perSecond: Math.round(cases / seconds),
    maxMs: Math.max(...rows.map((row) => row.maxMs)),
    node: process.version,
    rows,
  }),
)
