import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { readJestReport } from './read-jest-report.mjs'
import { root, runCommand } from './run-command.mjs'
import { brokenTally, emptyTally } from './tally.mjs'
import { createTemporaryDirectory } from './temporary-directory.mjs'

/** How long jest may go on after its last test. */
const patienceSeconds = 30

/**
 * Runs a kind of jest's tests (`unit`, `integration`, `e2e`) and gives `{ tally, output }`. `args` go to jest, as patterns of
 * paths for instance. A jest that does not end after its tests, because one left something open, is killed and has failed.
 */
export async function runJest(kind, { args = [], env = {}, quiet = false } = {}) {
  const file = join(createTemporaryDirectory('jest'), 'report.json')
  const workers = kind === 'e2e' ? '--runInBand' : '--maxWorkers=2'
  const jest = ['--experimental-vm-modules', '--no-warnings', 'node_modules/jest/bin/jest.js']
  let hung = false
  let watch
  const onStart = (child) => {
    watch = setInterval(() => {
      if (!existsSync(file)) return
      clearInterval(watch)
      watch = setTimeout(() => {
        hung = child.kill('SIGKILL')
      }, patienceSeconds * 1000)
    }, 500)
  }
  const { code, output, seconds } = await runCommand(
    process.execPath,
    [...jest, '--json', `--outputFile=${file}`, '--passWithNoTests', workers, ...args],
    { env: { ...env, TEST_KIND: kind }, quiet, onStart },
  )
  clearInterval(watch)
  return { tally: judge(kind, file, code, hung, seconds), output }
}

function judge(kind, file, code, hung, seconds) {
  if (!existsSync(file)) return code === 0 ? emptyTally : brokenTally(`${kind}: jest ended with ${code}`, seconds)
  const tally = readJestReport(JSON.parse(readFileSync(file, 'utf8')), root, seconds)
  // A test that failed may well leave something open, and is reported already.
  if (code === 0 || tally.failed > 0) return tally
  const failure = hung
    ? `${kind}: jest was still running ${patienceSeconds} s after its last test: a test leaves something open`
    : `${kind}: jest ended with ${code} though no test failed`
  return { ...tally, failed: 1, failures: [failure] }
}
