import { spawnSync } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
import { z } from 'zod'

/** A process that a later process can find again: ids are reused, an id with its start time is not. */
export const ProcessIdentity = z.strictObject({ pid: z.number().int().positive(), startTime: z.string() })
export type ProcessIdentity = z.infer<typeof ProcessIdentity>

/** Null when there is no such process, or it has ended and only waits for its parent. */
export function identify(pid: number): ProcessIdentity | null {
  const startTime = process.platform === 'linux' ? (readStat(pid)?.startTime ?? null) : askPs(pid)
  return startTime === null ? null : { pid, startTime }
}

export function isRunning(identity: ProcessIdentity): boolean {
  return identify(identity.pid)?.startTime === identity.startTime
}

/** Whether any process of the group lives, its leader or not. */
export function groupIsRunning(group: number): boolean {
  if (process.platform === 'linux')
    return readdirSync('/proc').some((name) => /^\d+$/.test(name) && readStat(Number(name))?.group === group)
  try {
    return process.kill(-group, 0)
  } catch {
    return false
  }
}

/** Fields of proc_pid_stat(5); null for a process that is gone or a zombie. */
function readStat(pid: number): { group: number; startTime: string } | null {
  let line: string
  try {
    line = readFileSync(`/proc/${pid}/stat`, 'utf8')
  } catch {
    return null
  }
  const [state, , group, ...rest] = line.slice(line.lastIndexOf(')') + 2).split(' ')
  const startTime = rest[16]
  return state === undefined || 'ZX'.includes(state) || startTime === undefined
    ? null
    : { group: Number(group), startTime }
}

function askPs(pid: number): string | null {
  const { status, stdout } = spawnSync('ps', ['-o', 'stat=,lstart=', '-p', String(pid)], { encoding: 'utf8' })
  const [state = 'Z', ...start] = stdout.trim().split(/\s+/)
  return status !== 0 || state.startsWith('Z') ? null : start.join(' ')
}
