#!/usr/bin/env node
// Runs the tests, with the real servers that they need, and counts them.
//
//   node tools/test.mjs                        all kinds
//   node tools/test.mjs cluster                installs the real clusters where they are missing, then their tests alone
//   node tools/test.mjs KIND [ARGUMENT…]       one of unit, integration, python, e2e; arguments go to jest or pytest
//
// PostgreSQL, Redis and an S3 server are started from what packages bring, and the Python environment is made, where the
// environment variables that name them (DATABASE_URL_TEST, REDIS_URL_TEST, S3_ENDPOINT_TEST, RATCHET_PYTHON) are not set.
// The tests on a real vLLM run once `node tools/vllm.mjs install` was run, those on clusters once `npm run test:cluster` was.
// The last line is `N passed, N failed, N skipped`.
import { ensurePython } from './testing/ensure-python.mjs'
import { onInterrupt } from './testing/on-interrupt.mjs'
import { printReport } from './testing/print-report.mjs'
import { root, runCommand, stopCommands } from './testing/run-command.mjs'
import { runJest } from './testing/run-jest.mjs'
import { runNodeTests } from './testing/run-node-tests.mjs'
import { runPytest } from './testing/run-pytest.mjs'
import { brokenTally, ranNothing } from './testing/tally.mjs'

const kinds = ['unit', 'integration', 'python', 'e2e']
// What begins with a hyphen would be an option of jest.
const clusterTests = ['adapters/src/cluster/', '[a-z]-clusters']

const [kind, ...rest] = process.argv.slice(2)
if (kind !== undefined && ![...kinds, 'cluster'].includes(kind)) {
  console.error(`node tools/test.mjs [${kinds.join('|')}|cluster] [ARGUMENT…]: there is no kind ${kind}`)
  process.exit(2)
}
const ofClusters = kind === 'cluster'
const chosen = kind === undefined ? kinds : ofClusters ? ['integration', 'e2e'] : [kind]
const args = ofClusters ? [...clusterTests, ...rest] : rest
const rows = []
const notes = []
/** Closes what was started, in reverse. */
const closing = []

const say = (line) => process.stderr.write(`${line}\n`)
const add = (name, tally) => rows.push({ kind: name, tally })

onInterrupt(async () => {
  await stopCommands()
  await close()
})

async function close() {
  for (let each = closing.pop(); each !== undefined; each = closing.pop()) await each()
}

/** What Python, integration and end-to-end tests need around them, as environment variables. */
async function prepare() {
  const python = await preparePython()
  const env = python === null ? {} : { RATCHET_PYTHON: python }
  say('\n— services')
  const { startServices } = await import('./testing/start-services.mjs')
  const services = await startServices({ say, onStart: (stop) => closing.push(stop), only: args })
  notes.push(...services.notes)
  if (services.tally.failed > 0) add('services', services.tally)
  if (process.env['CI']) {
    const { stopTestDatabase } = await import('./testing/stop-test-database.mjs')
    closing.push(stopTestDatabase)
  }
  return { ...env, ...services.env }
}

async function preparePython() {
  say('\n— Python environment')
  try {
    return await ensurePython()
  } catch (error) {
    say(error.message)
    add('python', brokenTally(`there is no Python environment: ${error.message}`))
    return null
  }
}

if (ofClusters) {
  say('\n— clusters')
  for (const service of ['slurm', 'ray', 'kubernetes'])
    if ((await runCommand(process.execPath, [`${root}tools/services/${service}.mjs`, 'install'])).code !== 0)
      notes.push(`${service} could not be installed`)
}

const generated = await runCommand(process.execPath, [`${root}tools/generate.mjs`])
if (generated.code !== 0) process.exit(1)

try {
  if (chosen.includes('unit')) {
    say('\n— unit')
    add('unit', (await runJest('unit', { args })).tally)
    if (args.length === 0) add('tools', (await runNodeTests()).tally)
  }
  const env = chosen.some((each) => each !== 'unit') ? await prepare() : {}
  if (chosen.includes('integration')) {
    say('\n— integration')
    add('integration', (await runJest('integration', { args, env })).tally)
  }
  if (chosen.includes('python') && env.RATCHET_PYTHON !== undefined) {
    say('\n— python')
    add('python', await runPytest(env.RATCHET_PYTHON, args, env))
  }
  if (chosen.includes('e2e')) {
    say('\n— e2e')
    add('e2e', (await runJest('e2e', { args, env })).tally)
  }
} finally {
  await close()
}

for (const row of rows)
  if (ranNothing(row.tally))
    row.tally = { ...row.tally, failed: 1, failures: [`${row.kind}: there were no tests to run`] }
printReport(rows, notes)
process.exitCode = rows.some(({ tally }) => tally.failed > 0) ? 1 : 0
