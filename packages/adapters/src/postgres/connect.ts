import { PrismaPg } from '@prisma/adapter-pg'
import pg from 'pg'
import { readDatabaseUrl } from './database-url.ts'
import { PrismaClient } from './generated/client.ts'

/** One pool of connections, for SQL and for Prisma. */
export type Database = {
  readonly pool: pg.Pool
  readonly prisma: PrismaClient
  /** Waits for running queries, then disconnects. */
  close(): Promise<void>
}

export type DatabaseSettings = {
  /** May carry Prisma's parameters (`schema`, `connection_limit`, …). */
  readonly url: string
  /** Connections at most; the URL's `connection_limit` wins. Default 10. */
  readonly maxConnections?: number
  /** Shown in `pg_stat_activity`. */
  readonly applicationName?: string
  /** An idle connection broke, as when the server restarts; the pool replaces it. */
  readonly onIdleError?: (error: Error) => void
}

/** Connects on first use. */
export function connectDatabase(settings: DatabaseSettings): Database {
  const { connectionString, schema, searchPath, maxConnections } = readDatabaseUrl(settings.url)
  const pool = new pg.Pool({
    connectionString,
    max: maxConnections ?? settings.maxConnections ?? 10,
    connectionTimeoutMillis: 30_000,
    keepAlive: true,
    ...(settings.applicationName === undefined ? {} : { application_name: settings.applicationName }),
    ...(searchPath === null ? {} : { options: searchPath }),
  })
  pool.on('error', settings.onIdleError ?? (() => {}))
  const prisma = new PrismaClient({
    adapter: new PrismaPg(pool, schema === null ? {} : { schema }),
    // Waiting for a connection is not an error under load.
    transactionOptions: { maxWait: 30_000, timeout: 30_000 },
  })
  return {
    pool,
    prisma,
    async close() {
      await prisma.$disconnect()
      await pool.end()
    },
  }
}
