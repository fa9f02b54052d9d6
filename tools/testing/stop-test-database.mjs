import { join } from 'node:path'
import { register } from 'tsx/esm/api'
import { root } from './run-command.mjs'

/**
 * Stops the PostgreSQL server that integration tests start under `.cache` and leave running for the next ones. For a machine
 * on which nobody tests next.
 */
export async function stopTestDatabase() {
  const unregister = register()
  const { stopEmbeddedPostgres } = await import('../../packages/adapters/src/embedded/embedded-postgres.ts')
  await stopEmbeddedPostgres(join(root, '.cache/test-postgres'))
  await unregister()
}
