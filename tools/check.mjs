#!/usr/bin/env node
// What every change has to pass before its integration tests: generated code, format and lint, types, layers, unit tests.
// About a minute at most; shows the output of the steps that fail. Biome leaves YAML and Markdown alone (biome.json): their
// lines are laid out by hand, one row a line, where it would spread lists over many.
import { onInterrupt } from './testing/on-interrupt.mjs'
import { root, runCommand, stopCommands } from './testing/run-command.mjs'
import { runJest } from './testing/run-jest.mjs'
import { runNodeTests } from './testing/run-node-tests.mjs'
import { addTallies, ranNothing, totalsLine } from './testing/tally.mjs'

const node = (...args) => runCommand(process.execPath, args, { quiet: true })
const tsc = (project) => node('node_modules/typescript/bin/tsc', '--noEmit', '-p', project)

async function unitTests() {
  const [jest, tools] = [await runJest('unit', { quiet: true }), await runNodeTests({ quiet: true })]
  const tally = addTallies([jest.tally, tools.tally])
  const code = tally.failed > 0 || ranNothing(jest.tally) || ranNothing(tools.tally) ? 1 : 0
  const output = [jest, tools].filter(({ tally }) => tally.failed > 0 || ranNothing(tally)).map((each) => each.output)
  return { code, output: output.join('\n'), said: totalsLine(tally), seconds: tally.seconds }
}

const steps = [
  ['Prisma client', () => node('tools/generate.mjs')],
  ['format and lint', () => node('node_modules/@biomejs/biome/bin/biome', 'check', '--error-on-warnings', '.')],
  ['types', () => tsc('tsconfig.json')],
  ['types of domain, without Node', () => tsc('packages/domain/tsconfig.json')],
  ['types of answer-equivalence, without Node', () => tsc('packages/answer-equivalence/tsconfig.json')],
  ['layers', () => node('tools/check-layers.mjs')],
  ['unit tests', unitTests],
]

process.chdir(root)
onInterrupt(stopCommands)

const failed = []
for (const [name, run] of steps) {
  const { code, output, seconds, said = '' } = await run()
  console.log(
    `${code === 0 ? 'ok    ' : 'FAILED'}  ${name.padEnd(42)}${seconds.toFixed(1).padStart(6)} s  ${said}`.trimEnd(),
  )
  if (code === 0) continue
  failed.push(name)
  console.log(output.trimEnd().replace(/^/gm, '        '))
}
if (failed.length > 0) console.error(`failed: ${failed.join('; ')}`)
process.exitCode = failed.length > 0 ? 1 : 0
