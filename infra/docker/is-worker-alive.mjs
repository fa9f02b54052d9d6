// Exits with 0 while a worker on this machine works: it looks after its rounds every few seconds, which the database sees.
import pg from 'pg'

const client = new pg.Client({ connectionString: process.env.DATABASE_URL, connectionTimeoutMillis: 5_000 })
let alive = false
try {
  await client.connect()
  const { rowCount } = await client.query(
    `SELECT FROM pg_stat_activity
     WHERE application_name = 'ratchet-worker' AND client_addr IS NOT DISTINCT FROM inet_client_addr()
       AND query_start > now() - interval '60 seconds'`,
  )
  alive = rowCount > 0
  if (!alive) console.error('no worker has asked the database anything for a minute')
} catch (error) {
  console.error(`the database cannot be asked: ${error.message}`)
} finally {
  await client.end().catch(() => {})
}
process.exitCode = alive ? 0 : 1
