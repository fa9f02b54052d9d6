import assert from 'node:assert/strict'
import { test } from 'node:test'
import { readJestReport } from './read-jest-report.mjs'
import { readTap } from './run-node-tests.mjs'
import { readJunit } from './run-pytest.mjs'
import { addTallies, brokenTally, totalsLine } from './tally.mjs'

const jest = (name, status, ...assertionResults) => ({ name: `/work/${name}`, status, assertionResults })

test('counts the tests of jest, and a suite that could not run as one failure', () => {
  const testResults = [
    jest('a.test.ts', 'failed', { status: 'passed', fullName: 'a' }, { status: 'failed', fullName: 'b' }),
    jest('c.test.ts', 'failed'),
  ]
  const { suites, passed, failed, skipped, failures } = readJestReport({ testResults }, '/work', 1)
  assert.deepEqual({ suites, passed, failed, skipped }, { suites: 2, passed: 1, failed: 2, skipped: 0 })
  assert.deepEqual(failures, ['a.test.ts: b', 'c.test.ts: the suite could not run'])
})

test('says why jest skipped a test, once for equal reasons', () => {
  const skip = (fullName) => ({ status: 'pending', fullName })
  const names = ['vLLM (skipped: no vLLM; run x) serves', 'vLLM (skipped: no vLLM; run x) scores', 'forgotten']
  const { skips } = readJestReport({ testResults: [jest('a.ts', 'passed', ...names.map(skip))] }, '/work', 1)
  assert.deepEqual(skips, [
    { what: 'a.ts', reason: 'no vLLM; run x', count: 2 },
    { what: 'a.ts', reason: 'no reason given: forgotten', count: 1 },
  ])
})

test("counts the tests of Node's runner, and a runner that broke as a failure", () => {
  const tap = 'ok 1 - a\nnot ok 2 - b\nok 3 - c # SKIP no d\n# pass 1\n# fail 1\n# cancelled 0\n# skipped 1\n'
  const { passed, failed, skipped, failures, skips } = readTap(tap, 1, 1, 1)
  assert.deepEqual({ passed, failed, skipped }, { passed: 1, failed: 1, skipped: 1 })
  assert.deepEqual(failures, ['tools: b'])
  assert.deepEqual(skips, [{ what: 'tools: c', reason: 'no d', count: 1 }])
  assert.equal(readTap('', 1, 7, 1).failed, 1)
})

test('counts the tests of pytest, and a pytest that broke as a failure', () => {
  const xml = `<?xml version="1.0"?><testsuites><testsuite name="pytest" errors="0" failures="1" skipped="1" tests="3">
    <testcase classname="test_a" name="test_one" time="0.1" />
    <testcase classname="test_a" name="test_two[a &gt; b]" time="0.1"><failure message="x">assert
    1</failure></testcase>
    <testcase classname="test_b" name="test_three" time="0"><skipped type="pytest.skip" message="no &quot;GPU&quot;">y</skipped>
    </testcase></testsuite></testsuites>`
  const { suites, passed, failed, skipped, failures, skips } = readJunit(xml, 'infra/x', 1, 1)
  assert.deepEqual({ suites, passed, failed, skipped }, { suites: 2, passed: 1, failed: 1, skipped: 1 })
  assert.deepEqual(failures, ['infra/x: test_two[a > b]'])
  assert.deepEqual(skips, [{ what: 'infra/x: test_three', reason: 'no "GPU"', count: 1 }])
  assert.equal(readJunit('', 'infra/x', 2, 1).failed, 1)
})

test('adds up to one line', () => {
  const one = { ...brokenTally('broken'), passed: 3, skipped: 2 }
  assert.equal(totalsLine(addTallies([one, one])), '6 passed, 2 failed, 4 skipped')
})
