import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, expect, test } from '@jest/globals'
import pg from 'pg'
import { startEmbeddedPostgres, stopEmbeddedPostgres } from './embedded-postgres.ts'
import { readPostmaster } from './postmaster.ts'
import { watchEmbeddedPostgres } from './watch-postgres.ts'

const directory = mkdtempSync(join(tmpdir(), 'ratchet-watch-'))
afterAll(async () => {
  await stopEmbeddedPostgres(directory)
  rmSync(directory, { recursive: true, force: true })
})

test('a watched server that is killed comes back on its port, so that a pool that knew it works on', async () => {
  const settings = { directory, database: 'watched' }
  const { url } = await startEmbeddedPostgres(settings)
  const deaths: string[] = []
  const watch = watchEmbeddedPostgres({ ...settings, url, everyMs: 50, onDeath: (line) => deaths.push(line) })
  const pool = new pg.Pool({ connectionString: url })
  pool.on('error', () => {})
  await pool.query('CREATE TABLE kept AS SELECT 1 AS one')
  const server = readPostmaster(join(directory, 'cluster', 'data', 'postmaster.pid'))
  if (server.state !== 'alive') throw new Error('there is no server')
  process.kill(server.pid, 'SIGKILL')
  const until = performance.now() + 60_000
  while (deaths.length === 0 && performance.now() < until) await sleep(50)
  expect(deaths).toEqual(['PostgreSQL had died and was started again'])
  // Connections to the dead server end when they are next used.
  const ask = () => pool.query('SELECT one FROM kept')
  const { rows } = await ask().catch(ask)
  expect(rows).toEqual([{ one: 1 }])
  await pool.end()
  await watch.close()
})
