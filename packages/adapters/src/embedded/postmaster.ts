import { spawnSync } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { linkSync, readFileSync, readlinkSync, realpathSync, renameSync, rmSync } from 'node:fs'
import { basename, dirname } from 'node:path'
import { errorCode } from './error-code.ts'

/** What a data directory's `postmaster.pid` says about the server on it. */
export type Postmaster =
  | { readonly state: 'absent' }
  /** The file was left behind: no PostgreSQL has that process id. */
  | { readonly state: 'stale'; readonly content: string }
  | { readonly state: 'alive'; readonly pid: number; readonly port: number | null; readonly content: string }

/**
 * Reads `postmaster.pid`: process id, data directory, start time, port, socket directory, address, shared memory, status.
 * A process id that now belongs to another program, as after a container's restart, counts as stale: PostgreSQL itself would
 * refuse to start.
 */
export function readPostmaster(pidFile: string): Postmaster {
  let content: string
  try {
    content = readFileSync(pidFile, 'utf8')
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return { state: 'absent' }
    throw error
  }
  const lines = content.split('\n')
  const pid = Math.abs(Number(lines[0]))
  // An empty file is one that a starting server has just created.
  if (content.trim() !== '' && !isPostgres(pid, dirname(pidFile))) return { state: 'stale', content }
  const port = Number(lines[3])
  return { state: 'alive', pid, port: port > 0 ? port : null, content }
}

/** Removes a stale `postmaster.pid`, unless another server put its own there since. */
export function removeStalePidFile(pidFile: string, content: string): void {
  const aside = `${pidFile}.${randomBytes(4).toString('hex')}`
  try {
    renameSync(pidFile, aside)
    if (readFileSync(aside, 'utf8') !== content) linkSync(aside, pidFile)
    rmSync(aside)
  } catch (error) {
    if (errorCode(error) !== 'ENOENT') throw error
  }
}

export function isAlive(pid: number): boolean {
  try {
    return pid > 0 && process.kill(pid, 0)
  } catch (error) {
    return errorCode(error) === 'EPERM'
  }
}

function isPostgres(pid: number, dataDirectory: string): boolean {
  if (!isAlive(pid)) return false
  if (process.platform !== 'linux') {
    const answer = spawnSync('ps', ['-o', 'comm=', '-p', String(pid)], { encoding: 'utf8' })
    return answer.status === 0 && basename(answer.stdout.trim()).startsWith('postgres')
  }
  try {
    // State Z: ended, but not yet waited for by its parent.
    if (!/\(postgres\) [^Z]/.test(readFileSync(`/proc/${pid}/stat`, 'utf8'))) return false
  } catch {
    return false
  }
  try {
    return readlinkSync(`/proc/${pid}/cwd`) === realpathSync(dataDirectory)
  } catch {
    return true
  }
}
