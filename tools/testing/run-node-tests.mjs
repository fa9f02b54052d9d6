import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { root, runCommand } from './run-command.mjs'
import { brokenTally, countSkips, emptyTally } from './tally.mjs'

/** Runs the tests of the tools (every `*.test.mjs` under tools/) with Node's own runner and gives `{ tally, output }`. */
export async function runNodeTests({ quiet = false } = {}) {
  const files = readdirSync(join(root, 'tools'), { recursive: true })
    .filter((name) => name.endsWith('.test.mjs'))
    .map((name) => join('tools', name))
  if (files.length === 0) return { tally: emptyTally, output: '' }
  const args = ['--test', '--test-reporter=tap', ...files]
  const { code, output, seconds } = await runCommand(process.execPath, args, { quiet: true })
  const tally = readTap(output, files.length, code, seconds)
  if (!quiet && tally.failed > 0) process.stdout.write(output)
  return { tally, output }
}

/** The tally of a TAP report of Node's. */
export function readTap(text, suites, code, seconds) {
  const count = (name) => Number(new RegExp(`^# ${name} (\\d+)$`, 'm').exec(text)?.[1] ?? 0)
  const failed = count('fail') + count('cancelled')
  if (code !== 0 && failed === 0) return brokenTally(`tools: node --test ended with ${code}`, seconds)
  const failures = [...text.matchAll(/^not ok \d+ - (.+?)(?: # .*)?$/gm)].map(([, title]) => `tools: ${title}`)
  const skips = [...text.matchAll(/^\s*ok \d+ - (.+?) # SKIP ?(.*)$/gm)].map(([, what, reason]) => ({
    what: `tools: ${what}`,
    reason: reason || 'no reason given',
  }))
  return {
    suites,
    passed: count('pass'),
    failed,
    skipped: count('skipped'),
    seconds,
    failures,
    skips: countSkips(skips),
  }
}
