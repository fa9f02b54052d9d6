import { relative } from 'node:path'
import { countSkips } from './tally.mjs'

/**
 * The tally of what jest wrote with --json. A suite that could not run is one failure. A skipped test says its reason in its
 * title or in that of a `describe` around it, as in `the real trainer (skipped: no Python environment)`.
 */
export function readJestReport(report, root, seconds) {
  const failures = []
  const skips = []
  let passed = 0
  for (const suite of report.testResults) {
    const file = relative(root, suite.name)
    if (suite.status === 'failed' && suite.assertionResults.every(({ status }) => status !== 'failed'))
      failures.push(`${file}: the suite could not run`)
    for (const { status, fullName } of suite.assertionResults) {
      if (status === 'passed') passed++
      else if (status === 'failed') failures.push(`${file}: ${fullName}`)
      else
        skips.push({ what: file, reason: /\bskipped: ([^)]+)/.exec(fullName)?.[1] ?? `no reason given: ${fullName}` })
    }
  }
  const { length: suites } = report.testResults
  return { suites, passed, failed: failures.length, skipped: skips.length, seconds, failures, skips: countSkips(skips) }
}
