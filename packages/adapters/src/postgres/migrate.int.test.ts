import { execFile } from 'node:child_process'
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { afterEach, beforeEach, expect, test } from '@jest/globals'
import { newIteration } from '@ratchet/ports/testing/new-iteration.ts'
import { connectDatabase } from './connect.ts'
import { createEventLog } from './event-log.ts'
import { migrate, migrationsDirectory } from './migrate.ts'
import { createProblemStore } from './problem-store.ts'
import { createRoundStore } from './round-store.ts'
import { createTestDatabase, type TestDatabase } from './testing/test-database.ts'

const root = fileURLToPath(new URL('../../../../', import.meta.url))
let database: TestDatabase
let directory: string

beforeEach(async () => {
  database = await createTestDatabase()
  directory = mkdtempSync(join(tmpdir(), 'migrations-'))
  cpSync(migrationsDirectory(), directory, { recursive: true })
})
afterEach(async () => {
  rmSync(directory, { recursive: true })
  await database.drop()
})

const add = (name: string, sql: string) => {
  mkdirSync(join(directory, name), { recursive: true })
  writeFileSync(join(directory, name, 'migration.sql'), sql)
}
const prisma = async (...args: string[]) => {
  const command = [join(root, 'node_modules/prisma/build/index.js'), ...args]
  const { stdout } = await promisify(execFile)(process.execPath, command, {
    cwd: root,
    env: { ...process.env, DATABASE_URL: database.url },
  })
  return stdout
}

test('leaves a database that Prisma calls up to date, with exactly the schema of schema.prisma', async () => {
  await database.pool.query('DROP SCHEMA public CASCADE; CREATE SCHEMA public')
  expect(await migrate(database.url)).toContain('20261124000000_init')
  expect(await migrate(database.url)).toEqual([])
  expect(await prisma('migrate', 'status')).toContain('Database schema is up to date')
  const same = ['migrate', 'diff', '--from-config-datasource', '--to-schema', 'prisma/schema.prisma', '--exit-code']
  expect(await prisma(...same)).toContain('No difference detected')
})

test('applies a new migration once when many start at once', async () => {
  add('29990101000000_next', 'CREATE TABLE next (id int)')
  const applied = await Promise.all(Array.from({ length: 5 }, () => migrate(database.url, directory)))
  expect(applied.flat()).toEqual(['29990101000000_next'])
})

test('applies nothing of a migration that fails, and then refuses until it is repaired', async () => {
  add('29990101000000_broken', 'CREATE TABLE half (id int); SELECT no_such_function()')
  await expect(migrate(database.url, directory)).rejects.toThrow('migration 29990101000000_broken failed: function')
  const { rows } = await database.pool.query(`SELECT to_regclass('half') AS half`)
  expect(rows).toEqual([{ half: null }])
  await expect(migrate(database.url, directory)).rejects.toThrow('prisma migrate resolve')
})

test('refuses a migration that was changed after it was applied', async () => {
  add('29990101000000_next', 'CREATE TABLE next (id int)')
  await migrate(database.url, directory)
  add('29990101000000_next', 'CREATE TABLE next (id bigint)')
  await expect(migrate(database.url, directory)).rejects.toThrow('changed after it was applied')
})

test('puts everything into the schema that the URL names, where the stores then find it', async () => {
  await database.pool.query('DROP SCHEMA public CASCADE')
  const url = `${database.url}?schema=loop`
  await migrate(url)
  const { pool, prisma, close } = connectDatabase({ url })
  const { id } = await createProblemStore(pool).create('none', [])
  await createRoundStore(prisma).createIteration(newIteration('in-schema', id))
  const events = createEventLog(prisma)
  await events.append([{ iterationId: 'in-schema', roundId: null, kind: 'test.event', body: {} }])
  expect(await events.read('in-schema', 0, 1)).toHaveLength(1)
  expect((await pool.query('SELECT FROM loop.round_status')).rowCount).toBe(2)
  await close()
})
