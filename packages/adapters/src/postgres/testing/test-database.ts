import { createHash, randomBytes } from 'node:crypto'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import pg from 'pg'
import { startEmbeddedPostgres } from '../../embedded/embedded-postgres.ts'
import { migrate, migrationsDirectory } from '../migrate.ts'

export type TestDatabase = {
  readonly url: string
  readonly pool: pg.Pool
  /** Ends the pool and removes the database, whoever is still connected. */
  drop(): Promise<void>
}

/**
 * A migrated database of one's own, a copy of a template that is made once for each state of the migrations.
 *
 * The server is DATABASE_URL_TEST where that is set (its user must be allowed to create databases), else one embedded server
 * under the repository's `.cache`, which stays running for the next tests and does not care for durability.
 */
export async function createTestDatabase(): Promise<TestDatabase> {
  const server = process.env['DATABASE_URL_TEST'] ?? (await embeddedServer())
  const name = `ratchet_test_${Date.now()}_${randomBytes(4).toString('hex')}`
  await withClient(server, 'postgres', async (client) => {
    const template = await ensureTemplate(server, client)
    await client.query(`CREATE DATABASE ${name} TEMPLATE ${template}`)
  })
  const url = urlOn(server, name)
  const pool = new pg.Pool({ connectionString: url })
  // Dropping the database disconnects whoever forgot to leave.
  pool.on('error', () => {})
  return {
    url,
    pool,
    async drop() {
      if (!pool.ended) await pool.end()
      await withClient(server, 'postgres', (client) => client.query(`DROP DATABASE IF EXISTS ${name} WITH (FORCE)`))
    },
  }
}

async function embeddedServer(): Promise<string> {
  const directory = fileURLToPath(new URL('../../../../../.cache/test-postgres', import.meta.url))
  const parameters = { fsync: 'off', synchronous_commit: 'off', full_page_writes: 'off' }
  const { url } = await startEmbeddedPostgres({ directory, database: 'postgres', keepRunning: true, parameters })
  return url
}

/** The advisory lock under which one process at a time makes templates. */
const templateLock = 1_905_201

async function ensureTemplate(server: string, client: pg.Client): Promise<string> {
  const template = `ratchet_template_${hashOfMigrations()}`
  await client.query('SELECT pg_advisory_lock($1)', [templateLock])
  try {
    const { rowCount } = await client.query('SELECT FROM pg_database WHERE datname = $1', [template])
    if (rowCount === 1) return template
    await dropAbandoned(client)
    const partial = `${template}_partial`
    await client.query(`DROP DATABASE IF EXISTS ${partial} WITH (FORCE)`)
    await client.query(`CREATE DATABASE ${partial}`)
    await migrate(urlOn(server, partial))
    await client.query(`ALTER DATABASE ${partial} RENAME TO ${template}`)
    return template
  } finally {
    await client.query('SELECT pg_advisory_unlock($1)', [templateLock])
  }
}

/** Databases of tests that were killed, an hour ago or more. */
async function dropAbandoned(client: pg.Client): Promise<void> {
  const { rows } = await client.query<{ name: string }>(
    `SELECT datname AS name FROM pg_database WHERE datname ~ '^ratchet_test_[0-9]+_'
     AND split_part(datname, '_', 3)::bigint < extract(epoch FROM now()) * 1000 - 3600000`,
  )
  for (const { name } of rows) await client.query(`DROP DATABASE IF EXISTS ${name} WITH (FORCE)`)
}

function hashOfMigrations(): string {
  const hash = createHash('sha256')
  for (const name of readdirSync(migrationsDirectory()).sort()) {
    const file = join(migrationsDirectory(), name, 'migration.sql')
    if (existsSync(file)) hash.update(name).update(readFileSync(file))
  }
  return hash.digest('hex').slice(0, 12)
}

function urlOn(server: string, database: string): string {
  const url = new URL(server)
  url.pathname = `/${database}`
  return url.toString()
}

async function withClient<T>(server: string, database: string, work: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = new pg.Client({ connectionString: urlOn(server, database) })
  await client.connect()
  try {
    return await work(client)
  } finally {
    await client.end()
  }
}
