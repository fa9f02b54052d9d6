#!/usr/bin/env node
// Generates Prisma's client from prisma/schema.prisma, when the schema or Prisma's version changed since the last time.
import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { fileURLToPath } from 'node:url'

const root = new URL('..', import.meta.url)
const generated = new URL('packages/adapters/src/postgres/generated/', root)
const markFile = new URL('.made-from', generated)

const require = createRequire(import.meta.url)
const { version } = require('prisma/package.json')
const mark = createHash('sha256')
  .update(version)
  .update(readFileSync(new URL('prisma/schema.prisma', root)))
  .digest('hex')

if (!existsSync(markFile) || readFileSync(markFile, 'utf8') !== mark) {
  const prisma = fileURLToPath(new URL('build/index.js', `file://${require.resolve('prisma/package.json')}`))
  const { status, stdout, stderr, error } = spawnSync(process.execPath, [prisma, 'generate'], {
    cwd: root,
    encoding: 'utf8',
  })
  if (status !== 0) {
    process.stderr.write(`prisma generate failed\n${error?.message ?? ''}${stdout}${stderr}`)
    process.exit(1)
  }
  writeFileSync(markFile, mark)
}
