import { type ChildProcess, spawn } from 'node:child_process'
import { closeSync, mkdirSync, openSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import pg from 'pg'
import { tryPort } from '../detached-process/try-port.ts'
import { type Cluster, ensureCluster } from './database-cluster.ts'
import { errorCode } from './error-code.ts'
import { findPostgresBinaries } from './postgres-binaries.ts'
import { explainFailure } from './postgres-failure.ts'
import { isAlive, readPostmaster, removeStalePidFile } from './postmaster.ts'
import { postgresUrl } from './running-url.ts'

export type EmbeddedPostgresSettings = {
  /** Holds the data, the password and the log; made when absent. */
  readonly directory: string
  /** Created when absent. */
  readonly database: string
  /** Leave the server running on `close`, for whoever comes next. */
  readonly keepRunning?: boolean
  /** Server parameters, for a server that has to be started. */
  readonly parameters?: Readonly<Record<string, string>>
  /** For a server that has to be started. Default: any free one. */
  readonly port?: number
  /** Recovery after a crash may take a while. Default 60,000. */
  readonly startTimeoutMs?: number
}

export type EmbeddedPostgres = {
  readonly url: string
  /** `found`: the server was running already. */
  readonly origin: 'started' | 'found'
  /** Stops the server gracefully if this process answers for it: it started it, or found it after its starter had died. */
  close(): Promise<void>
}

/**
 * A PostgreSQL server on a private loopback port, from npm's binaries.
 *
 * The server outlives the process that started it: however that ends, the data stay, and the next start finds the running
 * server or starts it again. Any number of processes may start at once: PostgreSQL's own lock on the data directory lets one
 * win, and the others find its server. Throws, in words an operator can act on, when there can be no server.
 */
export async function startEmbeddedPostgres(settings: EmbeddedPostgresSettings): Promise<EmbeddedPostgres> {
  const directory = resolve(settings.directory)
  mkdirSync(directory, { recursive: true })
  const cluster = await ensureCluster(directory)
  const { port, started } = await ensureServer(cluster, directory, settings)
  const url = await ensureDatabase(
    postgresUrl(cluster, port, 'postgres'),
    postgresUrl(cluster, port, settings.database),
    settings.database,
  ).catch((error: unknown) => {
    throw errorCode(error) === '53100' ? explainFailure('start', directory, 'No space left on device') : error
  })

  const keep = settings.keepRunning ?? false
  if (started || (!keep && !isAnsweredFor(directory))) writeOwner(directory, keep ? nobody : process.pid)
  return {
    url,
    origin: started ? 'started' : 'found',
    async close() {
      if (readOwner(directory) === process.pid) await stopEmbeddedPostgres(directory)
    },
  }
}

/**
 * Stops the server on a directory, whoever started it; none is fine. Waits two seconds for its clients to leave, then
 * disconnects them. Resolves when the server has ended.
 */
export async function stopEmbeddedPostgres(directory: string): Promise<void> {
  const pidFile = join(resolve(directory), 'cluster', 'data', 'postmaster.pid')
  const server = readPostmaster(pidFile)
  if (server.state !== 'alive' || server.pid === 0) return
  for (const [signal, waitMs] of [
    ['SIGTERM', 2_000],
    ['SIGINT', 30_000],
    ['SIGQUIT', 10_000],
  ] as const) {
    try {
      process.kill(server.pid, signal)
    } catch {
      return
    }
    const until = Date.now() + waitMs
    while (Date.now() < until) {
      const now = readPostmaster(pidFile)
      if (now.state !== 'alive' || now.pid !== server.pid) return
      await sleep(20)
    }
  }
  throw new Error(`PostgreSQL (process ${server.pid}) on ${directory} does not stop`)
}

async function ensureServer(cluster: Cluster, directory: string, settings: EmbeddedPostgresSettings) {
  const pidFile = join(cluster.data, 'postmaster.pid')
  const timeoutMs = settings.startTimeoutMs ?? 60_000
  const begun = Date.now()
  let attempt: Attempt | null = null
  for (;;) {
    const server = readPostmaster(pidFile)
    if (server.state === 'alive') {
      if (server.port !== null && (await answers(postgresUrl(cluster, server.port, 'postgres')))) {
        return { port: server.port, started: attempt?.child.pid === server.pid }
      }
      // The server died between creating the file and writing to it.
      if (server.pid === 0 && Date.now() - begun > 5_000) removeStalePidFile(pidFile, server.content)
    } else if (attempt?.ended != null) {
      if (!/is still in use|another postmaster/i.test(attempt.ended))
        throw explainFailure('start', directory, attempt.ended)
      attempt = null
    } else if (attempt === null) {
      if (server.state === 'stale') removeStalePidFile(pidFile, server.content)
      attempt = await spawnServer(cluster, directory, settings)
    }
    if (Date.now() - begun > timeoutMs) {
      throw new Error(
        `PostgreSQL on ${directory} did not answer within ${timeoutMs / 1000} s: see ${join(directory, 'postgres.log')}`,
      )
    }
    await sleep(25)
  }
}

/** `ended`: what the server wrote, once it has ended. */
type Attempt = { readonly child: ChildProcess; ended: string | null }

async function spawnServer(cluster: Cluster, directory: string, settings: EmbeddedPostgresSettings): Promise<Attempt> {
  const port = await bindablePort(settings.port)
  const log = join(directory, 'postgres.log')
  const output = openSync(log, 'a', 0o600)
  const logStart = statSync(log).size
  const all = {
    listen_addresses: '127.0.0.1',
    unix_socket_directories: '',
    max_connections: '200',
    ...settings.parameters,
  }
  const options = Object.entries(all).flatMap(([name, value]) => ['-c', `${name}=${value}`])
  const binaries = findPostgresBinaries()
  const [command, args] = binaries.command('postgres', ['-D', cluster.data, '-p', String(port), ...options])
  // Detached: a Ctrl-C at the terminal is for us, and the server ends when we say so.
  const child = spawn(command, [...args], {
    ...binaries.spawnOptions,
    detached: true,
    stdio: ['ignore', output, output],
  })
  closeSync(output)
  child.unref()
  const attempt: Attempt = { child, ended: null }
  child.once('error', (error) => {
    attempt.ended = error.message
  })
  child.once('exit', (code, signal) => {
    attempt.ended = readFrom(log, logStart) || `it ended with ${code ?? signal}`
  })
  return attempt
}

/** Empty when the file is gone: a server may end after its directory was removed. */
function readFrom(file: string, start: number): string {
  try {
    return readFileSync(file).subarray(start).toString()
  } catch {
    return ''
  }
}

async function answers(url: string): Promise<boolean> {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 2_000 })
  try {
    await client.connect()
    return true
  } catch {
    return false
  } finally {
    await client.end().catch(() => {})
  }
}

async function ensureDatabase(adminUrl: string, url: string, database: string): Promise<string> {
  const client = new pg.Client({ connectionString: adminUrl })
  await client.connect()
  try {
    const { rowCount } = await client.query('SELECT 1 FROM pg_database WHERE datname = $1', [database])
    if (rowCount === 0) await client.query(`CREATE DATABASE ${client.escapeIdentifier(database)}`)
  } catch (error) {
    const existsNow = error instanceof pg.DatabaseError && (error.code === '42P04' || error.code === '23505')
    if (!existsNow) throw error
  } finally {
    await client.end()
  }
  return url
}

/** The port that is wanted, for which the processes of a dead server may have to end first; without a wish any free one. */
async function bindablePort(wanted: number | undefined): Promise<number> {
  for (let waitedMs = 0; waitedMs < 10_000; waitedMs += 50) {
    const port = await tryPort(wanted ?? 0)
    if (port !== null) return port
    await sleep(50)
  }
  throw new Error(wanted === undefined ? 'this machine has no free port' : `port ${wanted} is used by another program`)
}

/** The owner of a server that stays running. */
const nobody = 0

/** The process that stops the server when it closes. Null when unknown. */
function readOwner(directory: string): number | null {
  try {
    return Number(readFileSync(join(directory, 'owner'), 'utf8'))
  } catch {
    return null
  }
}

function isAnsweredFor(directory: string): boolean {
  const owner = readOwner(directory)
  return owner === nobody || (owner !== null && isAlive(owner))
}

function writeOwner(directory: string, pid: number): void {
  writeFileSync(join(directory, 'owner'), String(pid))
}
