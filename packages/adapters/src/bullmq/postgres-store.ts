import { createPostgresBackend, type PostgresConnectionOptions, runMigrations } from 'bullmq'
import pg from 'pg'
import { errorCode } from '../embedded/error-code.ts'
import { readDatabaseUrl } from '../postgres/database-url.ts'
import { plainReason } from './plain-reason.ts'
import { patienceMs, type QueueStore } from './queue-store.ts'

/** A missing schema, table, function or type. */
const missing = ['3F000', '42P01', '42883', '42704']

/** A deadlock or a serialization failure. */
const conflict = ['40P01', '40001']

/** A queue in a schema of its own of a PostgreSQL database; the database URL's schema goes into its name. */
export function createPostgresStore(url: string, prefix: string): QueueStore<PostgresConnectionOptions> {
  const { connectionString, schema: home } = readDatabaseUrl(url)
  const schema = [prefix, ...(home === null || home === 'public' ? [] : [home.replaceAll('-', '_')]), 'queue'].join('_')
  const connection = {
    connectionString,
    schema,
    application_name: schema,
    connectionTimeoutMillis: patienceMs,
    keepAlive: true,
  }
  const prepare = async () => {
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
  }
  return {
    server: 'PostgreSQL',
    createBackend: createPostgresBackend,
    keyPrefix: null,
    producer: { ...connection, max: 2, query_timeout: patienceMs },
    consumer: { ...connection, max: 4, query_timeout: 30_000 },
    prepare,
    async mend(error) {
      const code = errorCode(error) ?? ''
      if (missing.includes(code)) await prepare()
      return missing.includes(code) || conflict.includes(code)
    },
    reason: (error) => plainReason(error, url),
    isPermanent: (error) => /^(28\w{3}|3D000|42501)$/.test(errorCode(error) ?? ''),
  }
}
