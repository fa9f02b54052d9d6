import { createHash, randomUUID } from 'node:crypto'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import pg from 'pg'
import { connectTimeoutMs, failureOfDatabase } from './database-failure.ts'
import { readDatabaseUrl } from './database-url.ts'

/** Prisma's own advisory lock, so that `prisma migrate deploy` and we take turns. */
const lock = 72707369

const historyTable = `CREATE TABLE IF NOT EXISTS _prisma_migrations (
  id VARCHAR(36) PRIMARY KEY NOT NULL, checksum VARCHAR(64) NOT NULL, finished_at TIMESTAMPTZ, migration_name VARCHAR(255) NOT NULL,
  logs TEXT, rolled_back_at TIMESTAMPTZ, started_at TIMESTAMPTZ NOT NULL DEFAULT now(), applied_steps_count INTEGER NOT NULL DEFAULT 0)`

/** The repository's own migrations. */
export function migrationsDirectory(): string {
  return fileURLToPath(new URL('../../../../prisma/migrations', import.meta.url))
}

/**
 * Applies the migrations that a database lacks, as `prisma migrate deploy` does, with its table, checksums and lock, and
 * answers with their names. Each is applied whole or not at all; any number of processes may call at once. Throws when an
 * earlier migration failed or was changed after it was applied.
 */
export async function migrate(url: string, directory: string = migrationsDirectory()): Promise<readonly string[]> {
  const { connectionString, schema, searchPath } = readDatabaseUrl(url)
  const client = new pg.Client({
    connectionString,
    connectionTimeoutMillis: connectTimeoutMs,
    ...(searchPath === null ? {} : { options: searchPath }),
  })
  // A connection that breaks fails the next query too.
  client.on('error', () => {})
  try {
    await client.connect()
    await client.query('SELECT pg_advisory_lock($1)', [lock])
    if (searchPath !== null) await client.query(`CREATE SCHEMA IF NOT EXISTS "${schema}"`)
    await client.query(historyTable)
    return await applyMissing(client, directory)
  } catch (error) {
    throw failureOfDatabase(connectionString, error)
  } finally {
    await client.end().catch(() => {})
  }
}

async function applyMissing(client: pg.Client, directory: string): Promise<string[]> {
  const { rows } = await client.query<{ name: string; checksum: string; finished: boolean }>(
    'SELECT migration_name AS name, checksum, finished_at IS NOT NULL AS finished FROM _prisma_migrations WHERE rolled_back_at IS NULL',
  )
  for (const row of rows) {
    if (!row.finished)
      throw new Error(`migration ${row.name} failed earlier: repair the database and see \`prisma migrate resolve\``)
  }
  const seen = new Map(rows.map((row) => [row.name, row.checksum]))
  const applied: string[] = []
  for (const name of readdirSync(directory).sort()) {
    const file = join(directory, name, 'migration.sql')
    if (!existsSync(file)) continue
    const sql = readFileSync(file, 'utf8')
    const checksum = createHash('sha256').update(sql).digest('hex')
    const before = seen.get(name)
    if (before === checksum) continue
    if (before !== undefined) throw new Error(`migration ${name} was changed after it was applied to this database`)
    await apply(client, name, sql, checksum)
    applied.push(name)
  }
  return applied
}

async function apply(client: pg.Client, name: string, sql: string, checksum: string): Promise<void> {
  const id = randomUUID()
  await client.query('INSERT INTO _prisma_migrations (id, checksum, migration_name) VALUES ($1, $2, $3)', [
    id,
    checksum,
    name,
  ])
  try {
    // Without parameters the server takes the script as one transaction.
    await client.query(sql)
  } catch (error) {
    await client.query('UPDATE _prisma_migrations SET logs = $2 WHERE id = $1', [id, String(error)])
    throw new Error(`migration ${name} failed: ${error instanceof Error ? error.message : error}`, { cause: error })
  }
  await client.query('UPDATE _prisma_migrations SET finished_at = now(), applied_steps_count = 1 WHERE id = $1', [id])
}
