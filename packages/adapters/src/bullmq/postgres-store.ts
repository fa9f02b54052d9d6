import { createPostgresBackend, type PostgresConnectionOptions, runMigrations } from 'bullmq'
import pg from 'pg'
import { errorCode } from '../embedded/error-code.ts'
import { readDatabaseUrl } from '../postgres/database-url.ts'
import { plainReason } from './plain-reason.ts'
import { patienceMs, type QueueStore } from './queue-store.ts'

/** A missing schema, table, function or type. */
const missing = ['3F000', '42P01', '42883', '42704']

/** A queue in a schema of its own of a PostgreSQL database; the database URL's schema goes into its name. */
export function createPostgresStore(url: string, prefix: string): QueueStore<PostgresConnectionOptions> {
  const { connectionString, schema: home } = readDatabaseUrl(url)
  const schema = [prefix, ...(home === null || home === 'public' ? [] : [home.replaceAll('-', '_')]), 'queue'].join('_')
  const connection = {
    connectionString,
    schema,
    application_name: schema,
    connectionTimeoutMillis: patienceMs,
    query_timeout: patienceMs,
    keepAlive: true,
  }
  return {
    createBackend: createPostgresBackend,
    keyPrefix: null,
    producer: { ...connection, max: 2 },
    consumer: { ...connection, max: 4 },
    async prepare() {
      const { connectionTimeoutMillis } = connection
      const client = new pg.Client({ connectionString, application_name: schema, connectionTimeoutMillis })
      // A connection that breaks while idle fails the next query too.
      client.on('error', () => {})
      await client.connect()
      try {
        await runMigrations(client, schema)
      } finally {
        await client.end()
      }
    },
    lacks: (error) => missing.includes(errorCode(error) ?? ''),
    reason: (error) => plainReason(error, url),
    isPermanent: (error) => /^(28\w{3}|3D000|42501)$/.test(errorCode(error) ?? ''),
  }
}
