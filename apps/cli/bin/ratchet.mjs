#!/usr/bin/env node
// Starts the command line from its TypeScript sources.
import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

const [major = 0, minor = 0] = process.versions.node.split('.').map(Number)
if (major < 20 || (major === 20 && minor < 19)) {
  process.stderr.write(`ratchet needs Node.js 20.19 or newer; this is ${process.versions.node}\n`)
  process.exit(2)
}

// Only what opens the database needs Prisma's client, which is generated.
const command = process.argv.slice(2).find((word) => !word.startsWith('-'))
const generator = fileURLToPath(new URL('../../../tools/generate.mjs', import.meta.url))
if ((command === 'up' || command === 'quickstart') && existsSync(generator)) {
  const { status } = spawnSync(process.execPath, [generator], { stdio: ['ignore', 'inherit', 'inherit'] })
  if (status !== 0) process.exit(1)
}

let tsx
try {
  tsx = await import('tsx/esm/api')
} catch {
  process.stderr.write('the dependencies are not installed: run `npm install` in the directory of the project\n')
  process.exit(1)
}
tsx.register()
const { main } = await import(new URL('../src/main.ts', import.meta.url).href)
process.exitCode = await main(process.argv.slice(2))
