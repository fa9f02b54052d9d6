import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { createSystemClock } from '@ratchet/adapters/clock/system-clock.ts'
import { isRunning } from '@ratchet/adapters/detached-process/process-identity.ts'
import { stopEmbeddedPostgres } from '@ratchet/adapters/embedded/embedded-postgres.ts'
import { stopServers } from '@ratchet/adapters/serving/server-process.ts'
import { readSettings } from '@ratchet/installation/env.ts'
import { runningServer } from '@ratchet/installation/server-state.ts'
import type { OwnOptions } from './own-options.ts'

const graceMs = 30_000

/** Stops what `ratchet up` started on a data directory and what outlived it: server, model servers and the embedded database. */
export async function runDown({ env, projectDirectory, stdout }: Omit<OwnOptions, 'argv'>): Promise<number> {
  const { dataDirectory } = readSettings(env, projectDirectory)
  const clock = createSystemClock()
  const server = runningServer(dataDirectory)
  if (server !== null) {
    process.kill(server.process.pid, 'SIGTERM')
    const until = performance.now() + graceMs
    while (isRunning(server.process) && performance.now() < until) await sleep(50)
    if (isRunning(server.process)) process.kill(server.process.pid, 'SIGKILL')
    stdout.write(`stopped the server at ${server.url}\n`)
  }
  for (const name of await stopServers(join(dataDirectory, 'servers'), clock)) stdout.write(`stopped ${name}\n`)
  await stopEmbeddedPostgres(join(dataDirectory, 'postgres'))
  stdout.write(`nothing runs on ${dataDirectory}; all of it is kept, and \`ratchet up\` goes on\n`)
  return 0
}
