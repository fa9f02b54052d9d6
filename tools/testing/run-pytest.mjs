import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { root, runCommand } from './run-command.mjs'
import { addTallies, brokenTally, countSkips } from './tally.mjs'
import { createTemporaryDirectory } from './temporary-directory.mjs'

/**
 * Runs the Python tests under infra/, each folder in a process of its own because their modules share names, and gives their
 * tally. `args` go to pytest, `env` is added to its environment.
 */
export async function runPytest(python, args = [], env = {}) {
  const folders = readdirSync(join(root, 'infra')).filter((name) =>
    readdirSync(join(root, 'infra', name)).some((file) => /^test_.*\.py$/.test(file)),
  )
  const tallies = []
  for (const folder of folders) tallies.push(await runFolder(python, join('infra', folder), args, env))
  return addTallies(tallies)
}

async function runFolder(python, folder, args, env) {
  const file = join(createTemporaryDirectory('pytest'), 'report.xml')
  const pytest = ['-m', 'pytest', '-q', '-p', 'no:cacheprovider', `--junitxml=${file}`, folder, ...args]
  const { code, seconds } = await runCommand(python, pytest, { env })
  return readJunit(readReport(file), folder, code, seconds)
}

function readReport(file) {
  try {
    return readFileSync(file, 'utf8')
  } catch {
    return ''
  }
}

/** pytest's exit code when its arguments choose no test. */
const nothingChosen = 5

/** The tally of a JUnit report of pytest's. */
export function readJunit(xml, folder, code, seconds) {
  const failures = []
  const skips = []
  const suites = new Set()
  let passed = 0
  for (const [, attributes, body] of xml.matchAll(
    /<testcase\b((?:\s+[\w:]+="[^"]*")*)\s*(?:\/>|>(.*?)<\/testcase>)/gs,
  )) {
    const attribute = (name) => unescapeXml(new RegExp(`\\b${name}="([^"]*)"`).exec(attributes)?.[1] ?? '')
    suites.add(attribute('classname'))
    const name = `${folder}: ${attribute('name')}`
    const skipped = /<skipped\b[^>]*?message="([^"]*)"/.exec(body ?? '')
    if (/<(?:failure|error)\b/.test(body ?? '')) failures.push(name)
    else if (skipped !== null) skips.push({ what: name, reason: unescapeXml(skipped[1]) })
    else passed++
  }
  if (code !== 0 && code !== nothingChosen && failures.length === 0)
    return brokenTally(`${folder}: pytest ended with ${code}`, seconds)
  const counts = { suites: suites.size, passed, failed: failures.length, skipped: skips.length }
  return { ...counts, seconds, failures, skips: countSkips(skips) }
}

function unescapeXml(text) {
  const named = { lt: '<', gt: '>', quot: '"', apos: "'", amp: '&' }
  return text.replace(/&(?:#(\d+)|(\w+));/g, (all, code, name) =>
    code === undefined ? (named[name] ?? all) : String.fromCodePoint(Number(code)),
  )
}
