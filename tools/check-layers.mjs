#!/usr/bin/env node
// Checks the layers: who imports whom, and the few constructs and names that the house does without. One line a violation.
//
//   node tools/check-layers.mjs
//
// Reads the .ts files under packages/*/src and apps/*/src; what each package may import is in layers/import-rules.mjs.
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join, posix } from 'node:path'
import { fileURLToPath } from 'node:url'
import { judgeEnvironment } from './layers/environment-rule.mjs'
import { findCycles } from './layers/find-cycles.mjs'
import { judgeImport } from './layers/import-rules.mjs'
import { readImports } from './layers/read-imports.mjs'
import { scanSource } from './layers/scan-source.mjs'
import { judgePath, judgeSource } from './layers/source-rules.mjs'
import { workspaceOf } from './layers/workspace-of.mjs'

/** All sources under a root, as `{ path, text }` with paths relative to it. Generated code is nobody's source. */
export function readSources(root) {
  const sources = []
  const walk = (directory) => {
    for (const entry of readdirSync(join(root, directory), { withFileTypes: true })) {
      const path = `${directory}/${entry.name}`
      if (entry.isDirectory() && entry.name !== 'generated' && entry.name !== 'node_modules') walk(path)
      else if (entry.isFile() && /\.tsx?$/.test(entry.name))
        sources.push({ path, text: readFileSync(join(root, path), 'utf8') })
    }
  }
  for (const kind of ['packages', 'apps'])
    for (const name of existsSync(join(root, kind)) ? readdirSync(join(root, kind)) : [])
      if (existsSync(join(root, kind, name, 'src'))) walk(`${kind}/${name}/src`)
  return sources.sort((a, b) => (a.path < b.path ? -1 : 1))
}

/** The violations in sources, each `file:line: what — remedy`. `installed`: the names of the packages in package.json. */
export function findViolations(sources, installed) {
  const violations = []
  const add = (path, line, { what, remedy }) => violations.push(`${path}:${line}: ${what} — ${remedy}`)
  const scanned = sources.map(({ path, text }) => ({ path, tokens: scanSource(text) }))
  const files = new Map(sources.map(({ path }) => [path, new Set()]))
  const packages = new Map(sources.map(({ path }) => [workspaceOf(path).name, new Set()]))

  for (const { path, tokens } of scanned) {
    const { name, testing } = workspaceOf(path)
    const judgedPath = judgePath(path)
    if (judgedPath !== null) add(path, 1, judgedPath)
    for (const { specifier, line, star } of readImports(tokens)) {
      const judged = judgeImport(path, specifier, installed)
      if (judged !== null) add(path, line, judged)
      if (star) add(path, line, { what: `exports * from ${specifier}`, remedy: 'name what is exported' })
      if (specifier.startsWith('.')) files.get(path).add(posix.join(posix.dirname(path), specifier))
      else if (specifier.startsWith('@ratchet/') && !testing && specifier.split('/')[1] !== name)
        packages.get(name).add(specifier.split('/')[1])
    }
    for (const judged of judgeSource(tokens)) add(path, judged.line, judged)
  }
  for (const judged of judgeEnvironment(scanned)) add(judged.path, judged.line, judged)
  for (const cycle of findCycles(packages))
    add(`package ${cycle[0]}`, 1, { what: describeCycle(cycle), remedy: 'move what both need below them' })
  for (const cycle of findCycles(files))
    add(cycle[0], 1, { what: describeCycle(cycle), remedy: 'move what both need into a file of its own' })
  return violations
}

function describeCycle(nodes) {
  const names = [...nodes, nodes[0]].map((node) => node.replace(/^.+?\/src\//, ''))
  return `is in a cycle of imports: ${names.join(' → ')}`
}

/** The violations in the tree under a root. */
export function checkLayers(root) {
  const { dependencies, devDependencies, optionalDependencies } = JSON.parse(
    readFileSync(join(root, 'package.json'), 'utf8'),
  )
  const installed = new Set(Object.keys({ ...dependencies, ...devDependencies, ...optionalDependencies }))
  return findViolations(readSources(root), installed)
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const violations = checkLayers(fileURLToPath(new URL('..', import.meta.url)))
  for (const violation of violations) console.error(violation)
  if (violations.length > 0) console.error(`${violations.length} violations of the layers`)
  process.exitCode = violations.length > 0 ? 1 : 0
}
