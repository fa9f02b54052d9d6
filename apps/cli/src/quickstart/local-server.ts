import { spawn } from 'node:child_process'
import { closeSync, mkdirSync, openSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { tailLines } from '@ratchet/adapters/detached-process/state-file.ts'
import { runningServer } from '@ratchet/installation/server-state.ts'

/** How long a server that somebody else started may be not ready. */
const notReadyMs = 30_000

export type LocalServerSettings = {
  readonly dataDirectory: string
  readonly projectDirectory: string
  readonly env: Readonly<Record<string, string | undefined>>
  readonly port: string | undefined
  readonly signal: AbortSignal
}

/** The address of the server on a data directory: the one that runs, or one that is started and outlives this process. Throws one sentence. */
export async function ensureLocalServer(settings: LocalServerSettings): Promise<string> {
  const { dataDirectory, projectDirectory, env, port, signal } = settings
  const running = runningServer(dataDirectory)
  if (running !== null && (await isReady(running.url))) return running.url
  mkdirSync(dataDirectory, { recursive: true })
  const logFile = join(dataDirectory, 'up.log')
  const log = openSync(logFile, 'a', 0o600)
  const program = join(projectDirectory, 'apps/cli/bin/ratchet.mjs')
  const portArguments = port === undefined ? [] : ['--port', port]
  const child = spawn(process.execPath, [program, 'up', ...portArguments], {
    detached: true,
    env: { ...env },
    stdio: ['ignore', log, log],
  })
  closeSync(log)
  let ended: string | null = null
  let endedAtMs = 0
  child.once('exit', (code, by) => {
    ended = `it ended with ${code ?? by}`
    endedAtMs = performance.now()
  })
  child.once('error', (error) => {
    ended = error.message
  })
  child.unref()
  for (;;) {
    const server = runningServer(dataDirectory)
    if (server !== null && (await isReady(server.url))) return server.url
    // Ours ended: there is nothing to wait for but another server, which may be coming up.
    if (ended !== null && (server === null || performance.now() - endedAtMs > notReadyMs))
      throw new Error(reasonOf(logFile, ended))
    await sleep(100, undefined, { signal })
  }
}

async function isReady(url: string): Promise<boolean> {
  try {
    return (await fetch(`${url}/health/ready`, { signal: AbortSignal.timeout(10_000) })).ok
  } catch {
    return false
  }
}

/** The server's own last words, which say more than its exit code. */
function reasonOf(logFile: string, ended: string): string {
  const last = tailLines(logFile, 1)[0]
  return last === undefined
    ? `the server does not start: ${ended} (see ${logFile})`
    : last.replace(/^ratchet: /, 'the server does not start: ')
}
