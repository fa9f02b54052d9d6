import { existsSync, mkdirSync, readdirSync, rmSync } from 'node:fs'
import { join, resolve } from 'node:path'
import type { Clock } from '@ratchet/ports/clock.ts'
import { PortError } from '@ratchet/ports/port-error.ts'
import { z } from 'zod'
import { tryLock } from '../detached-process/file-lock.ts'
import { isRunning, ProcessIdentity } from '../detached-process/process-identity.ts'
import { startDetached } from '../detached-process/start-detached.ts'
import { readState, tailLines, writeState } from '../detached-process/state-file.ts'
import { stopGroup } from '../detached-process/stop-group.ts'
import { tryPort } from '../detached-process/try-port.ts'
import { createServerClient } from './server-client.ts'

export type ServerProcessSettings = {
  /** Holds the state and the log, `<name>.json` and `<name>.log`. */
  readonly directory: string
  readonly name: string
  readonly command: (port: number) => readonly string[]
  readonly env: Readonly<Record<string, string | undefined>>
  /** A fixed port; else the one it had before, or any free one. */
  readonly port?: number | undefined
  readonly startTimeoutMs: number
  readonly clock: Clock
}

/** What tells whether a server that was found is the one that is wanted. */
const State = z.strictObject({
  port: z.number().int(),
  startedAt: z.iso.datetime(),
  process: ProcessIdentity.nullable(),
  /** Starts in a row that never became healthy. */
  failedStarts: z.number().int(),
  /** Since when a server that was healthy has not answered. */
  silentSince: z.iso.datetime().nullable(),
})
type State = z.infer<typeof State>

export type ServerProcessReport =
  | { readonly state: 'starting'; readonly reason: string }
  | { readonly state: 'healthy'; readonly url: string }
  | { readonly state: 'failed'; readonly reason: string }

const failedStartsAllowed = 2

/** A running server that does not answer for so long is started again. */
const silenceAllowedMs = 120_000

/**
 * Looks at a server that runs beside us and outlives us, found again by its state file; starts it when it is not there. Any number
 * of processes may look at once. A failure is told once: the next look starts anew.
 */
export async function ensureServerProcess(settings: ServerProcessSettings): Promise<ServerProcessReport> {
  const directory = resolve(settings.directory)
  mkdirSync(directory, { recursive: true })
  const stateFile = join(directory, `${settings.name}.json`)
  const seen = readState(stateFile, State)
  if (seen !== null && seen.failedStarts === 0 && seen.silentSince === null && (await isHealthy(seen)))
    return { state: 'healthy', url: urlOf(seen) }
  const lock = tryLock(join(directory, `${settings.name}.lock`))
  if (lock === null) return { state: 'starting', reason: 'another worker looks after the server' }
  try {
    const state = readState(stateFile, State)
    const process = state?.process ?? null
    if (state === null || process === null || !isRunning(process)) {
      if (process !== null) await stopGroup(process, 0, settings.clock)
      return await start(settings, directory, stateFile, state)
    }
    if (await isHealthy(state)) {
      writeState(stateFile, { ...state, failedStarts: 0, silentSince: null } satisfies State)
      return { state: 'healthy', url: urlOf(state) }
    }
    return await outwait(settings, directory, stateFile, state, process)
  } finally {
    lock.release()
  }
}

/** A process that lives and does not answer: it starts, or it hangs. */
async function outwait(
  settings: ServerProcessSettings,
  directory: string,
  stateFile: string,
  state: State,
  process: ProcessIdentity,
): Promise<ServerProcessReport> {
  const { name, clock, startTimeoutMs } = settings
  const now = clock.now()
  const msSince = (time: string) => now.getTime() - new Date(time).getTime()
  if (state.failedStarts > 0) {
    if (msSince(state.startedAt) <= startTimeoutMs)
      return {
        state: 'starting',
        reason: `the server ${name} starts (${Math.round(msSince(state.startedAt) / 1000)} s)`,
      }
    await stopGroup(process, 5_000, clock)
    rmSync(stateFile)
    return failed(directory, name, `it did not answer within ${startTimeoutMs / 1000} s`)
  }
  const silentSince = state.silentSince ?? now.toISOString()
  if (msSince(silentSince) <= silenceAllowedMs) {
    writeState(stateFile, { ...state, silentSince } satisfies State)
    return {
      state: 'starting',
      reason: `the server ${name} does not answer (${Math.round(msSince(silentSince) / 1000)} s)`,
    }
  }
  await stopGroup(process, 5_000, clock)
  return start(settings, directory, stateFile, state)
}

async function isHealthy(state: State): Promise<boolean> {
  if (state.process === null || !isRunning(state.process)) return false
  const client = createServerClient(urlOf(state))
  try {
    return (await client.ask('GET', '/health', undefined, 5_000))?.status === 200
  } finally {
    await client.close()
  }
}

function urlOf(state: State): string {
  return `http://127.0.0.1:${state.port}`
}

/** Stops the server, its whole group. None is fine. */
export async function stopServerProcess(directory: string, name: string, graceMs: number, clock: Clock): Promise<void> {
  const stateFile = join(resolve(directory), `${name}.json`)
  const process = readState(stateFile, State)?.process ?? null
  if (process !== null) await stopGroup(process, graceMs, clock)
  rmSync(stateFile, { force: true })
}

/** Stops all servers whose state lies in a directory; gives the names of those that ran. */
export async function stopServers(directory: string, clock: Clock): Promise<string[]> {
  const names = existsSync(directory)
    ? readdirSync(directory).flatMap((file) => (file.endsWith('.json') ? [file.slice(0, -'.json'.length)] : []))
    : []
  const running = names.filter((name) => serverAddress(directory, name) !== null)
  for (const name of names) await stopServerProcess(directory, name, 10_000, clock)
  return running
}

/** The address of the server that should be running, or null. */
export function serverAddress(directory: string, name: string): string | null {
  const state = readState(join(resolve(directory), `${name}.json`), State)
  return state?.process == null || !isRunning(state.process) ? null : `http://127.0.0.1:${state.port}`
}

async function start(
  settings: ServerProcessSettings,
  directory: string,
  stateFile: string,
  before: State | null,
): Promise<ServerProcessReport> {
  const failedStarts = before?.failedStarts ?? 0
  if (failedStarts > failedStartsAllowed) {
    rmSync(stateFile)
    return failed(directory, settings.name, `it ended ${failedStarts} times before it answered`)
  }
  const port = await choosePort(settings, before)
  const process = await startDetached({
    command: settings.command(port),
    env: settings.env,
    directory,
    logFile: join(directory, `${settings.name}.log`),
  })
  const startedAt = settings.clock.now().toISOString()
  writeState(stateFile, { port, startedAt, process, failedStarts: failedStarts + 1, silentSince: null } satisfies State)
  return { state: 'starting', reason: `the server ${settings.name} starts` }
}

function failed(directory: string, name: string, why: string): ServerProcessReport {
  const log = join(directory, `${name}.log`)
  const line = tailLines(log, 1)[0]?.slice(0, 300)
  return {
    state: 'failed',
    reason: `the server ${name} does not start: ${why}; ${line ?? 'it wrote nothing'} (see ${log})`,
  }
}

/** The earlier port keeps addresses valid that others have noted. */
async function choosePort({ port, name }: ServerProcessSettings, before: State | null): Promise<number> {
  if (port !== undefined) {
    if (await tryPort(port)) return port
    throw new PortError(`port ${port} for ${name} is used by another program: stop it or choose another port`, {
      retryable: false,
    })
  }
  const again = before === null ? null : await tryPort(before.port)
  const free = again ?? (await tryPort(0))
  if (free === null) throw new PortError('this machine has no free port', { retryable: true })
  return free
}
