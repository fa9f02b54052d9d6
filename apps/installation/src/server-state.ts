import { join } from 'node:path'
import { tryLock } from '@ratchet/adapters/detached-process/file-lock.ts'
import { identify, isRunning, ProcessIdentity } from '@ratchet/adapters/detached-process/process-identity.ts'
import { readState, writeState } from '@ratchet/adapters/detached-process/state-file.ts'
import { z } from 'zod'

const ServerState = z.strictObject({ url: z.url(), process: ProcessIdentity })
export type ServerState = z.infer<typeof ServerState>

const stateFile = (dataDirectory: string): string => join(dataDirectory, 'server.json')

/** The server that runs on a data directory, or null. */
export function runningServer(dataDirectory: string): ServerState | null {
  const state = readState(stateFile(dataDirectory), ServerState)
  return state !== null && isRunning(state.process) ? state : null
}

/**
 * Claims a data directory for this process's server, one at a time; a server that died is taken over. `publish` tells other commands
 * its address. Throws when another server runs there.
 */
export function claimServer(dataDirectory: string): { publish(url: string): void; release(): void } {
  const lock = tryLock(join(dataDirectory, 'server.lock'))
  if (lock === null) {
    const url = runningServer(dataDirectory)?.url
    throw new Error(
      `a server runs on ${dataDirectory} already${url === undefined ? ', or is just starting' : `: ${url}`}; \`ratchet down\` stops it`,
    )
  }
  return {
    publish(url) {
      const self = identify(process.pid)
      if (self !== null) writeState(stateFile(dataDirectory), { url, process: self } satisfies ServerState)
    },
    release: () => lock.release(),
  }
}
