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
  /** What it asks for while it waits, then what it has; 0 where it was not asked. */
  readonly nodes: number
  /** Several with commas while it waits; empty where it was not asked. */
  readonly partition: string
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
  /^(BadConstraints|DependencyNeverSatisfied|PartitionTimeLimit|AccountNotAllowed|QOSNotAllowed|InvalidAccount|InvalidQOS|JobHoldMaxRequeue|\w+Max\w+PerJob\w*)$/

export function isWaiting(job: SlurmJob): boolean {
  return waiting.has(job.state)
}

export function hasEnded(job: SlurmJob): boolean {
  return !waiting.has(job.state) && !running.has(job.state)
}

export type SlurmQueue = {
  readonly position: number | null
  /** Whether the job asks for another number of nodes than its partition ever gives. */
  readonly outgrows: boolean
}

/** `queue` is of a job that waits. */
export function slurmSight(job: SlurmJob, now: Date, queue: SlurmQueue = { position: null, outgrows: false }): Sight {
  const { state, reason } = job
  if (running.has(state)) return { state: 'running', since: new Date(now.getTime() - job.elapsedSeconds * 1000) }
  if (waiting.has(state))
    return {
      state: 'waiting',
      reason: describeWait(job, queue),
      queuePosition: state === 'PENDING' ? queue.position : null,
      hopeless: neverStarts.test(reason) || queue.outgrows,
    }
  if (state === 'FAILED' && isCommandMissing(Number(job.exitCode?.split(':')[0])))
    return { state: 'ended', cause: 'impossible', detail: `${describeEnd(job)}: ${commandMissing}` }
  return { state: 'ended', cause: causes[state] ?? 'exited', detail: describeEnd(job) }
}

function describeWait({ state, reason }: SlurmJob, { outgrows }: SlurmQueue): string {
  const why = reason === '' || reason === 'None' ? '' : ` (${reason})`
  // Slurm gives this reason also while nodes that are needed are down or drained.
  const comesBack = reason === 'PartitionNodeLimit' && !outgrows
  const remedy = comesBack ? 'nodes of the partition that it needs are down, drained or reserved' : slurmRemedy(reason)
  return state === 'PENDING'
    ? `waits in Slurm's queue${why}${remedied(remedy)}`
    : `${state.toLowerCase().replaceAll('_', ' ')} in Slurm${why}`
}

function remedied(remedy: string | null): string {
  return remedy === null ? '' : `: ${remedy}`
}

function describeEnd({ id, state, exitCode }: SlurmJob): string {
  if (state === 'OUT_OF_MEMORY')
    return `Slurm job ${id} used more memory than it asked for: raise cluster.memoryPerNodeGb, or lower batchSize or maxLength`
  const [code, signal] = (exitCode ?? '').split(':')
  const how =
    signal !== undefined && signal !== '0'
      ? `, signal ${signal}`
      : code !== undefined && code !== '' && code !== '0'
        ? `, exit code ${code}`
        : ''
  return `Slurm job ${id} ${state.toLowerCase().replaceAll('_', ' ')}${how}`
}

/** Lines of `id|STATE|reason|elapsed|nodes|partition|directory`, elapsed as squeue writes it: [days-][hours:]minutes:seconds. */
export function readSqueue(text: string): SlurmJob[] {
  return rowsOf(text).map(
    ([id = '', state = '', reason = '', elapsed = '', nodes = '', partition = '', directory = '']) => ({
      id,
      state,
      reason,
      elapsedSeconds: secondsOf(elapsed),
      nodes: Number(nodes) || 0,
      partition,
      directory,
      exitCode: null,
    }),
  )
}

/** Lines of `id|STATE[ by uid]|exitcode|elapsed seconds|directory`. */
export function readSacct(text: string): SlurmJob[] {
  return rowsOf(text).map(([id = '', state = '', exitCode = '', elapsed = '', directory = '']) => ({
    id,
    state: state.split(' ')[0] ?? '',
    reason: '',
    elapsedSeconds: Number(elapsed) || 0,
    nodes: 0,
    partition: '',
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
