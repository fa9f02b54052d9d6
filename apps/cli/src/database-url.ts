import { join } from 'node:path'
import { runningPostgresUrl } from '@ratchet/adapters/embedded/running-url.ts'
import { readSettings } from '@ratchet/installation/env.ts'
import { exitCodes } from './exit-codes.ts'
import type { OwnOptions } from './own-options.ts'

/** Prints the database's address for any SQL client: DATABASE_URL, or the embedded server's while it runs. */
export async function runDatabaseUrl({ env, projectDirectory, stdout }: Omit<OwnOptions, 'argv'>): Promise<number> {
  const { databaseUrl, dataDirectory } = readSettings(env, projectDirectory)
  const url = databaseUrl ?? runningPostgresUrl(join(dataDirectory, 'postgres'), 'ratchet')
  if (url === null) throw new Error(`no database runs on ${dataDirectory}: start it with \`ratchet up\``)
  stdout.write(`${url}\n`)
  return exitCodes.ok
}
