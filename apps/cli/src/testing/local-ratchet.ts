import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createSystemClock } from '@ratchet/adapters/clock/system-clock.ts'
import { isRunning } from '@ratchet/adapters/detached-process/process-identity.ts'
import { stopEmbeddedPostgres } from '@ratchet/adapters/embedded/embedded-postgres.ts'
import { stopServers } from '@ratchet/adapters/serving/server-process.ts'
import { findRealPython, noPython } from '@ratchet/adapters/testing/real-python.ts'
import { runningServer } from '@ratchet/installation/server-state.ts'
import { sourceFile } from '@ratchet/installation/source-file.ts'
import { type ApiClient, createApiClient } from '../api-client.ts'
import { ensureLocalServer } from '../quickstart/local-server.ts'

/** `ratchet up` on a data directory of its own, as a process that can be killed. */
export type LocalRatchet = {
  readonly dataDirectory: string
  readonly env: Readonly<Record<string, string | undefined>>
  /** Starts the server, or finds it. */
  start(): Promise<ApiClient>
  /** SIGKILL, at once; false when none ran. */
  kill(): Promise<boolean>
  /** Stops everything and removes the directory. */
  remove(): Promise<void>
}

export async function createLocalRatchet(extra: Readonly<Record<string, string>> = {}): Promise<LocalRatchet> {
  return localRatchet(await mkdtemp(join(tmpdir(), 'ratchet-e2e-')), extra)
}

export function localRatchet(dataDirectory: string, extra: Readonly<Record<string, string>> = {}): LocalRatchet {
  const python = findRealPython()
  if (python === null) throw new Error(noPython)
  const env = {
    ...process.env,
    DATA_DIR: dataDirectory,
    RATCHET_PYTHON: python,
    // A worker that was killed is replaced soon.
    RATCHET_LEASE_SECONDS: '5',
    ...extra,
  }
  const projectDirectory = sourceFile('')
  const kill = async (): Promise<boolean> => {
    const server = runningServer(dataDirectory)
    if (server === null) return false
    process.kill(server.process.pid, 'SIGKILL')
    while (isRunning(server.process)) await new Promise((resolve) => setTimeout(resolve, 10))
    return true
  }
  return {
    dataDirectory,
    env,
    async start() {
      const signal = AbortSignal.timeout(120_000)
      const url = await ensureLocalServer({ dataDirectory, projectDirectory, env, port: '0', signal })
      return createApiClient({ url })
    },
    kill,
    async remove() {
      await kill()
      await stopServers(join(dataDirectory, 'servers'), createSystemClock())
      await stopEmbeddedPostgres(join(dataDirectory, 'postgres'))
      await rm(dataDirectory, { recursive: true, force: true })
    },
  }
}
