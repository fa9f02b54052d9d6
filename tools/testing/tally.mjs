/**
 * What a kind of test came to. `suites`, `passed`, `failed` and `skipped` are counts; `failures` are names; `skips` say what
 * was skipped and why, as `{ what, reason, count }`.
 */
export const emptyTally = { suites: 0, passed: 0, failed: 0, skipped: 0, seconds: 0, failures: [], skips: [] }

/** One failure that is no test's: the command broke. */
export function brokenTally(failure, seconds = 0) {
  return { ...emptyTally, failed: 1, failures: [failure], seconds }
}

export function addTallies(tallies) {
  return tallies.reduce(
    (sum, each) => ({
      suites: sum.suites + each.suites,
      passed: sum.passed + each.passed,
      failed: sum.failed + each.failed,
      skipped: sum.skipped + each.skipped,
      seconds: sum.seconds + each.seconds,
      failures: [...sum.failures, ...each.failures],
      skips: [...sum.skips, ...each.skips],
    }),
    emptyTally,
  )
}

export function ranNothing({ passed, failed, skipped }) {
  return passed + failed + skipped === 0
}

/** Counts equal skips together, given as `{ what, reason }`. */
export function countSkips(skips) {
  const counted = new Map()
  for (const { what, reason } of skips) {
    const key = `${what}\n${reason}`
    counted.set(key, { what, reason, count: (counted.get(key)?.count ?? 0) + 1 })
  }
  return [...counted.values()]
}

/** The totals, as the last line of a test run. */
export function totalsLine({ passed, failed, skipped }) {
  return `${passed} passed, ${failed} failed, ${skipped} skipped`
}
