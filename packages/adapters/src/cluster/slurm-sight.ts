import { commandMissing, isCommandMissing } from './command-missing.ts'
import type { EndCause, Sight } from './scheduler.ts'
import { slurmRemedy } from './slurm-remedy.ts'

/** One job as `squeue` or `sacct` shows it. */
export type SlurmJob = {
  readonly id: string
  /** In full, as `RUNNING`; sacct's `CANCELLED by 1000` counts as `CANCELLED`. */
  readonly state: string
  readonly reason: string
  readonly elapsedSeconds: number
  /** Where it runs, which is the attempt's directory. */
  readonly directory: string
  /** `3:0` is exit code 3, `0:9` signal 9; null where it was not asked. */
  readonly exitCode: string | null
}

const waiting = new Set([
  'PENDING',
  'CONFIGURING',
  'REQUEUED',
  'REQUEUE_HOLD',
  'REQUEUE_FED',
  'RESV_DEL_HOLD',
  'SPECIAL_EXIT',
  'SUSPENDED',
  'STOPPED',
])
const running = new Set(['RUNNING', 'COMPLETING', 'SIGNALING', 'STAGE_OUT', 'RESIZING'])
const causes: Readonly<Record<string, EndCause>> = {
  COMPLETED: 'exited',
  FAILED: 'exited',
  OUT_OF_MEMORY: 'impossible',
  CANCELLED: 'stopped',
  REVOKED: 'stopped',
  PREEMPTED: 'preempted',
  NODE_FAIL: 'node-lost',
  BOOT_FAIL: 'node-lost',
  TIMEOUT: 'time-limit',
  DEADLINE: 'time-limit',
}

/** Reasons for which a pending job stays pending until somebody changes the job or the cluster. */
const neverStarts =
  /^(BadConstraints|DependencyNeverSatisfied|PartitionTimeLimit|PartitionNodeLimit|AccountNotAllowed|QOSNotAllowed|InvalidAccount|InvalidQOS|JobHoldMaxRequeue|\w+Max\w+PerJob\w*)$/

export function isWaiting(job: SlurmJob): boolean {
  return waiting.has(job.state)
}

export function hasEnded(job: SlurmJob): boolean {
  return !waiting.has(job.state) && !running.has(job.state)
}

export function slurmSight(job: SlurmJob, queuePosition: number | null, now: Date): Sight {
  const { state, reason } = job
  if (running.has(state)) return { state: 'running', since: new Date(now.getTime() - job.elapsedSeconds * 1000) }
  if (waiting.has(state))
    return {
      state: 'waiting',
      reason: describeWait(job),
      queuePosition: state === 'PENDING' ? queuePosition : null,
      hopeless: neverStarts.test(reason),
    }
  if (state === 'FAILED' && isCommandMissing(Number(job.exitCode?.split(':')[0])))
    return { state: 'ended', cause: 'impossible', detail: `${describeEnd(job)}: ${commandMissing}` }
  return { state: 'ended', cause: causes[state] ?? 'exited', detail: describeEnd(job) }
}

function describeWait({ state, reason }: SlurmJob): string {
  const why = reason === '' || reason === 'None' ? '' : ` (${reason})`
  return state === 'PENDING'
    ? `waits in Slurm's queue${why}${remedied(slurmRemedy(reason))}`
    : `${state.toLowerCase().replaceAll('_', ' ')} in Slurm${why}`
}

function remedied(remedy: string | null): string {
  return remedy === null ? '' : `: ${remedy}`
}

function describeEnd({ id, state, exitCode }: SlurmJob): string {
  if (state === 'OUT_OF_MEMORY')
    return `Slurm job ${id} used more memory than it asked for: raise memoryPerNodeGb, or lower batchSize or maxLength`
  const [code, signal] = (exitCode ?? '').split(':')
  const how =
    signal !== undefined && signal !== '0'
      ? `, signal ${signal}`
      : code !== undefined && code !== '' && code !== '0'
        ? `, exit code ${code}`
        : ''
  return `Slurm job ${id} ${state.toLowerCase().replaceAll('_', ' ')}${how}`
}

/** Lines of `id|STATE|reason|elapsed|directory`, elapsed as squeue writes it: [days-][hours:]minutes:seconds. */
export function readSqueue(text: string): SlurmJob[] {
  return rowsOf(text).map(([id = '', state = '', reason = '', elapsed = '', directory = '']) => ({
    id,
    state,
    reason,
    elapsedSeconds: secondsOf(elapsed),
    directory,
    exitCode: null,
  }))
}

/** Lines of `id|STATE[ by uid]|exitcode|elapsed seconds|directory`. */
export function readSacct(text: string): SlurmJob[] {
  return rowsOf(text).map(([id = '', state = '', exitCode = '', elapsed = '', directory = '']) => ({
    id,
    state: state.split(' ')[0] ?? '',
    reason: '',
    elapsedSeconds: Number(elapsed) || 0,
    directory,
    exitCode,
  }))
}

function rowsOf(text: string): string[][] {
  return text
    .split('\n')
    .filter((line) => /^\d+\|/.test(line))
    .map((line) => line.split('|'))
}

function secondsOf(elapsed: string): number {
  const [, days = '0', clock = '0'] = /^(?:(\d+)-)?([\d:]+)$/.exec(elapsed.trim()) ?? []
  return Number(days) * 86_400 + clock.split(':').reduce((sum, part) => sum * 60 + Number(part), 0)
}
