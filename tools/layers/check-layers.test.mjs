import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { test } from 'node:test'
import { checkLayers } from '../check-layers.mjs'

const dependencies = { zod: '1', pg: '1', fastify: '1', yaml: '1', '@jest/globals': '1', '@aws-sdk/client-s3': '1' }

/** The violations in a repository of these files. */
function check(files) {
  const root = mkdtempSync(join(tmpdir(), 'layers-'))
  try {
    writeFileSync(join(root, 'package.json'), JSON.stringify({ dependencies }))
    for (const [path, text] of Object.entries(files)) {
      mkdirSync(dirname(join(root, path)), { recursive: true })
      writeFileSync(join(root, path), text)
    }
    return checkLayers(root)
  } finally {
    rmSync(root, { recursive: true })
  }
}

const wrongImports = [
  ['domain imports nothing of ours', 'packages/domain/src/a.ts', '@ratchet/ports/clock.ts'],
  ['domain knows no Node', 'packages/domain/src/a.ts', 'node:fs'],
  ['domain knows no Node, whatever it is called', 'packages/domain/src/a.ts', 'fs'],
  ['domain imports only zod of npm', 'packages/domain/src/a.ts', 'yaml'],
  ['answer-equivalence imports nothing of ours', 'packages/answer-equivalence/src/a.ts', '@ratchet/domain/problem.ts'],
  ['answer-equivalence imports nothing of npm', 'packages/answer-equivalence/src/a.ts', 'zod'],
  ['ports import no stages', 'packages/ports/src/a.ts', '@ratchet/stages/stage.ts'],
  ['ports know Node only in testing', 'packages/ports/src/a.ts', 'node:crypto'],
  ['stages import no adapters', 'packages/stages/src/a.ts', '@ratchet/adapters/clock/system-clock.ts'],
  [
    'stages import no adapters in tests either',
    'packages/stages/src/a.test.ts',
    '@ratchet/adapters/clock/system-clock.ts',
  ],
  ['stages know no Node', 'packages/stages/src/a.ts', 'node:path'],
  ['adapters import no stages', 'packages/adapters/src/a.ts', '@ratchet/stages/stage.ts'],
  ['adapters import no apps', 'packages/adapters/src/a.ts', '@ratchet/api/server.ts'],
  ['the API takes adapters as ports', 'apps/api/src/routes/a.ts', '@ratchet/adapters/clock/system-clock.ts'],
  ['an app imports no vendor', 'apps/cli/src/a.ts', '@aws-sdk/client-s3'],
  ['an app imports no vendor', 'apps/api/src/main.ts', 'pg'],
  ['the rest of the API knows no installation', 'apps/api/src/server.ts', '@ratchet/installation/compose.ts'],
  ['the API imports no other app', 'apps/api/src/a.ts', '@ratchet/worker/run-worker.ts'],
  ['the command line imports no insides of the API', 'apps/cli/src/a.ts', '@ratchet/api/routes/rounds.ts'],
  ['a relative import stays in its package', 'packages/stages/src/a.ts', '../../adapters/src/clock/system-clock.ts'],
  ['a package names its own files by relative paths', 'packages/ports/src/a.ts', '@ratchet/ports/clock.ts'],
  ['product code imports no test code', 'packages/adapters/src/a.ts', '@ratchet/ports/testing/new-iteration.ts'],
  ['product code imports no test code', 'packages/adapters/src/a.ts', './testing/real-python.ts'],
  ['product code imports no jest', 'packages/adapters/src/a.ts', '@jest/globals'],
  ['what is imported is in package.json', 'packages/adapters/src/a.ts', 'left-pad'],
  ['what is imported exists', 'packages/adapters/src/a.ts', '@ratchet/nowhere/a.ts'],
  ['a new package says its layer', 'packages/plugins/src/a.ts', 'zod'],
]
const forms = [
  (specifier) => `import { a } from '${specifier}'`,
  (specifier) => `import type { a } from "${specifier}"`,
  (specifier) => `export { a } from '${specifier}'`,
  (specifier) => `const b = await import('${specifier}')`,
  (specifier) => `const b: import('${specifier}').B | null = null`,
]
for (const [title, path, specifier] of wrongImports)
  test(`${title}: ${path} imports ${specifier}`, () => {
    for (const form of forms) {
      const [violation, ...others] = check({ [path]: `\n${form(specifier)}\n` })
      assert.ok(violation?.startsWith(`${path}:2: imports ${specifier} — `), violation ?? form(specifier))
      assert.deepEqual(others, [])
    }
  })

const rightImports = [
  ['packages/domain/src/a.ts', 'zod'],
  ['packages/domain/src/a.test.ts', 'node:fs'],
  ['packages/domain/src/a.test.ts', 'yaml'],
  ['packages/ports/src/a.ts', '@ratchet/domain/problem.ts'],
  ['packages/ports/src/testing/a.ts', 'node:path'],
  ['packages/ports/src/testing/a.ts', '@jest/globals'],
  ['packages/stages/src/a.ts', '@ratchet/ports/clock.ts'],
  ['packages/stages/src/a.test.ts', '@ratchet/ports/testing/memory-round-store.ts'],
  ['packages/adapters/src/a.ts', '@ratchet/answer-equivalence/exact-answer.ts'],
  ['packages/adapters/src/a.ts', '@aws-sdk/client-s3'],
  ['apps/api/src/testing/test-api.ts', '@ratchet/adapters/postgres/connect.ts'],
  ['apps/worker/src/main.ts', '@ratchet/installation/compose.ts'],
  ['apps/installation/src/compose.ts', '@ratchet/adapters/postgres/connect.ts'],
  ['apps/cli/src/a.ts', '@ratchet/api/schemas/round.ts'],
  ['apps/cli/src/a.ts', '@ratchet/worker/run-worker.ts'],
  ['apps/cli/src/loop.e2e.test.ts', 'pg'],
]
for (const [path, specifier] of rightImports)
  test(`${path} may import ${specifier}`, () => assert.deepEqual(check({ [path]: forms[0](specifier) }), []))

const wrongSources = [
  ['packages/domain/src/a.ts', `export * from './b.ts'`, 'exports * from ./b.ts'],
  ['packages/domain/src/a.ts', `export * as b from './b.ts'`, 'exports * from ./b.ts'],
  ['packages/domain/src/a.ts', 'export default 1', 'has a default export'],
  ['packages/domain/src/a.ts', 'const a = 1\nexport { a as default }', 'has a default export'],
  ['packages/domain/src/a.test.ts', `jest.mock('./b.ts')`, 'mocks a module'],
  ['packages/domain/src/a.test.ts', `jest.unstable_mockModule('./b.ts', make)`, 'mocks a module'],
  ['packages/domain/src/a.test.ts', `test.only('a', run)`, 'focuses a test'],
  ['packages/domain/src/a.test.ts', `describe.each(rows).only('a', run)`, null],
  ['packages/domain/src/a.test.ts', `describe.only.each(rows)('a', run)`, 'focuses a test'],
  ['packages/domain/src/a.test.ts', `test.todo('a')`, 'has a test to be written'],
  ['packages/domain/src/a.test.ts', `it.skip('a', run)`, 'skips a test'],
  ['packages/domain/src/a.test.ts', `it.skip('a (skipped: no S3; start one)', run)`, null],
  ['packages/domain/src/a.test.ts', 'const suite = absent ? describe.skip : describe', null],
  ['packages/adapters/src/a.ts', `const key = process.env['KEY']`, 'reads process.env'],
  ['packages/adapters/src/a.ts', `const key = process['env'].KEY`, 'reads process.env'],
  ['packages/adapters/src/testing/a.ts', `const key = process.env['KEY']`, null],
  ['apps/cli/src/commands/a.ts', 'const { KEY } = process.env', 'reads process.env'],
  ['apps/cli/src/main.ts', 'run(process.env)', null],
  ['apps/cli/src/a.ts', 'export function run(process: Process) { return process.env }', null],
  ['packages/domain/src/shared/a.ts', '', 'is named shared'],
  ['packages/stages/src/round-utils.ts', '', 'is named round-utils'],
  ['packages/types/src/a.ts', '', 'is named types'],
]
for (const [path, text, what] of wrongSources)
  test(`${what === null ? 'leaves alone' : what}: ${path} with ${JSON.stringify(text)}`, () => {
    const violations = check({ [path]: text })
    assert.equal(violations.length, what === null ? 0 : 1, violations.join('\n'))
    if (what !== null) assert.match(violations[0], new RegExp(`^${path}:\\d+: ${what.replaceAll('*', '\\*')} — .+`))
  })

test('an app reads the environment in one file', () => {
  const [violation, ...others] = check({
    'apps/cli/src/env.ts': 'export const env = process.env',
    'apps/cli/src/main.ts': '\nrun(process.env)',
  })
  assert.equal(violation, 'apps/cli/src/main.ts:2: reads process.env — apps/cli/src/env.ts does it for apps/cli')
  assert.deepEqual(others, [])
})

test('files of a package import each other in no circle', () => {
  const [violation, ...others] = check({
    'packages/domain/src/a.ts': `import { b } from './inside/b.ts'`,
    'packages/domain/src/inside/b.ts': `import type { C } from '../c.ts'`,
    'packages/domain/src/c.ts': `import { a } from './a.ts'`,
    'packages/domain/src/d.ts': `import { a } from './a.ts'`,
  })
  assert.match(violation, /a\.ts → inside\/b\.ts → c\.ts → a\.ts/)
  assert.deepEqual(others, [])
})

test('packages import each other in no circle', () => {
  const violations = check({
    'apps/installation/src/a.ts': `import { b } from '@ratchet/worker/b.ts'`,
    'apps/worker/src/b.ts': `import { a } from '@ratchet/installation/a.ts'`,
  })
  assert.match(violations.at(-1), /is in a cycle of imports: installation → worker → installation/)
})

test('reads no import out of comments, strings, templates and regular expressions', () => {
  const text = [
    `// import { a } from 'node:fs'`,
    `/* import { a } from 'node:fs' */`,
    `export const said = "import { a } from 'node:fs'"`,
    'export const longer = `import { a } from "node:fs" $' + '{`$' + '{said} export default`} test.only`',
    `export const found = /["'\`]|import { a } from "node:fs"/.test(said)`,
    `export const half = said.length / 2 // process.env`,
    `export const where = import.meta.url`,
    `export const from = { import: 'node:fs', from: 'node:fs', default: 1 }`,
  ]
  assert.deepEqual(check({ 'packages/domain/src/a.ts': text.join('\n') }), [])
})

test('goes on reading behind a template that holds templates', () => {
  const text = `const a = \`x \${f({ b: \`}\` })} y\`\nimport { c } from "node:fs"`
  assert.equal(check({ 'packages/domain/src/a.ts': text }).length, 1)
})

test('leaves generated code alone', () => {
  assert.deepEqual(check({ 'packages/adapters/src/postgres/generated/client.ts': 'export * from "./enums.ts"' }), [])
})
