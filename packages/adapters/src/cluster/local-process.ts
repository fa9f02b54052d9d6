import { existsSync, mkdirSync } from 'node:fs'
import { join, resolve } from 'node:path'
import type { Clock } from '@ratchet/ports/clock.ts'
import type { Cluster, JobReport, TrainingJob } from '@ratchet/ports/cluster.ts'
import type { ObjectStore } from '@ratchet/ports/object-store.ts'
import { PortError } from '@ratchet/ports/port-error.ts'
import { type FileLock, tryLock } from '../detached-process/file-lock.ts'
import { isRunning } from '../detached-process/process-identity.ts'
import { childEnvironment, startDetached } from '../detached-process/start-detached.ts'
import { readState, tailLines, writeState } from '../detached-process/state-file.ts'
import { killGroup, stopGroup } from '../detached-process/stop-group.ts'
import { AttemptRecord, JobFile, jobFile, Verdict } from './job-file.ts'
import { materialise } from './training-data.ts'
import { readActivity, readCanary, readResult, type TrainingResult } from './training-evidence.ts'

export type LocalClusterSettings = {
  /** One directory a job; on a disk that outlives the worker. */
  readonly runsDirectory: string
  /** The trainer's command, to which the run directory is appended: the interpreter and `train.py`. */
  readonly trainer: readonly string[]
  readonly objects: ObjectStore
  readonly clock: Clock
  /** The trainer gets what it needs of it and no secrets. */
  readonly env: Readonly<Record<string, string | undefined>>
  /** How often the trainer shows that it lives. Default 5. */
  readonly heartbeatSeconds?: number
  /** Silence after which a running trainer counts as hung. Default 300. */
  readonly hungAfterSeconds?: number
  /** The same before its first sign of life, while it imports its libraries. Default 900. */
  readonly hungAtStartAfterSeconds?: number
  /** What a trainer gets to save a checkpoint before it is killed. Default 30. */
  readonly graceSeconds?: number
}

/**
 * Trains in child processes of this machine that outlive the worker: process id, start time and evidence are in the run
 * directory, where the next look, from whichever worker, finds them. A lock makes each job's changes one worker's at a
 * time, so there are never two trainers for a job; the attempt number fences off a trainer that was given up.
 */
export function createLocalCluster(settings: LocalClusterSettings): Cluster {
  const { objects, clock } = settings
  const runs = resolve(settings.runsDirectory)
  const heartbeatSeconds = settings.heartbeatSeconds ?? 5
  const hungAfterMs = (settings.hungAfterSeconds ?? 300) * 1000
  const hungAtStartAfterMs = (settings.hungAtStartAfterSeconds ?? 900) * 1000
  const graceMs = (settings.graceSeconds ?? 30) * 1000

  const directoryOf = (jobId: string): string => {
    if (!/^[A-Za-z0-9-]+$/.test(jobId))
      throw new PortError(`the job id ${JSON.stringify(jobId)} has other characters than letters, digits and hyphens`, {
        retryable: false,
      })
    return join(runs, jobId)
  }

  const start = async (
    job: TrainingJob,
    directory: string,
    attempt: number,
    preemptions: number,
  ): Promise<JobReport> => {
    const paths: string[][] = []
    for (const phase of job.phases) paths.push(await materialise(phase.dataset, objects, join(directory, 'data')))
    // The fence: from here on a trainer of an earlier attempt writes nothing more.
    writeState(
      join(directory, 'job.json'),
      jobFile(job, attempt, paths, join(directory, 'checkpoint'), heartbeatSeconds),
    )
    const trainer = await startDetached({
      command: [...settings.trainer, directory],
      env: childEnvironment(settings.env),
      directory,
      logFile: join(directory, 'trainer.log'),
    })
    const startedAt = clock.now().toISOString()
    const record: AttemptRecord = { attempt, preemptions, startedAt, process: trainer }
    writeState(join(directory, 'process.json'), record)
    return { state: 'pending', attempt, reason: 'the trainer starts' }
  }

  const startNext = async (job: TrainingJob, directory: string, last: LastAttempt, why: string): Promise<JobReport> => {
    const preemptions = last.preemptions + (why === preempted ? 1 : 0)
    if (last.attempt - preemptions >= job.maxAttempts) {
      const line = tailLines(join(directory, 'trainer.log'), 1)[0]
      const said = line === undefined ? '' : `; its log ends with: ${line.slice(0, 300)}`
      return fail(directory, last.attempt, `${why}, as often as allowed (${job.maxAttempts})${said}`)
    }
    return start(job, directory, last.attempt + 1, preemptions)
  }

  const fail = (directory: string, attempt: number, reason: string): JobReport => {
    const verdict: Verdict = { attempt, reason }
    writeState(join(directory, 'verdict.json'), verdict)
    return { state: 'failed', attempt, reason }
  }

  /** Looks, and does what is due. Holds the lock. */
  const advance = async (job: TrainingJob, directory: string): Promise<JobReport> => {
    const last = readLastAttempt(directory)
    if (last === null) return start(job, directory, 1, 0)
    const { attempt, record } = last
    const leader = record?.process ?? null
    // In this order: a trainer writes its result before it ends.
    const running = leader !== null && isRunning(leader)
    const ended = endOf(directory, attempt)
    if (ended !== null) return ended
    const preemptedNow = readResult(directory, attempt)?.state === 'preempted'
    if (!running || leader === null) {
      if (leader !== null) await killGroup(leader, clock)
      return startNext(job, directory, last, preemptedNow ? preempted : lost)
    }
    const startedAt = new Date(record?.startedAt ?? 0).getTime()
    const now = clock.now().getTime()
    if (now - startedAt > job.timeLimitMinutes * 60_000) {
      await stopGroup(leader, graceMs, clock)
      return (
        endOf(directory, attempt) ??
        fail(directory, attempt, `the training took longer than ${job.timeLimitMinutes} minutes`)
      )
    }
    const { heartbeatAt, progress } = readActivity(directory, attempt)
    const silentMs = now - (heartbeatAt?.getTime() ?? startedAt)
    if (silentMs > (heartbeatAt === null ? hungAtStartAfterMs : hungAfterMs)) {
      await killGroup(leader, clock)
      const why = `the trainer gave no sign of life for ${Math.round(silentMs / 1000)} s`
      return endOf(directory, attempt) ?? startNext(job, directory, last, why)
    }
    if (heartbeatAt === null) return { state: 'pending', attempt, reason: 'the trainer starts' }
    return { state: 'running', attempt, progress, heartbeatAt }
  }

  return {
    ensure: async (job) => {
      const directory = directoryOf(job.id)
      mkdirSync(directory, { recursive: true })
      const lock = tryLock(join(directory, 'lock'))
      if (lock === null) return look(directory)
      try {
        return await advance(job, directory)
      } finally {
        lock.release()
      }
    },
    cancel: async (jobId) => {
      const directory = directoryOf(jobId)
      if (!existsSync(directory)) return
      const lock = await waitForLock(join(directory, 'lock'), clock)
      try {
        const last = readLastAttempt(directory)
        if (last === null || endOf(directory, last.attempt) !== null) return
        fail(directory, last.attempt, 'the training was cancelled')
        if (last.record?.process != null) await stopGroup(last.record.process, graceMs, clock)
      } finally {
        lock.release()
      }
    },
    logs: async (jobId, count) => tailLines(join(directoryOf(jobId), 'trainer.log'), count).join('\n'),
    close: async () => {},
  }
}

const lost = 'the trainer ended without a result'
const preempted = 'the trainer was preempted'

type LastAttempt = { readonly attempt: number; readonly preemptions: number; readonly record: AttemptRecord | null }

function readLastAttempt(directory: string): LastAttempt | null {
  const attempt = readState(join(directory, 'job.json'), JobFile)?.attempt
  if (attempt === undefined) return null
  const record = readState(join(directory, 'process.json'), AttemptRecord)
  return { attempt, preemptions: record?.preemptions ?? 0, record: record?.attempt === attempt ? record : null }
}

/** How the attempt ended for good, or null. */
function endOf(directory: string, attempt: number): JobReport | null {
  const result = readResult(directory, attempt)
  if (result?.state === 'succeeded') return successOf(directory, attempt, result)
  const verdict = readState(join(directory, 'verdict.json'), Verdict)
  if (verdict !== null) return { state: 'failed', ...verdict }
  if (result?.state === 'failed')
    return { state: 'failed', attempt, reason: result.reason ?? 'the trainer gave no reason' }
  return null
}

function successOf(directory: string, attempt: number, result: TrainingResult): JobReport {
  const { checkpoint, manifestSha256, metrics } = result
  if (checkpoint == null || manifestSha256 == null)
    return { state: 'failed', attempt, reason: 'the trainer reported success without a checkpoint' }
  const checkpointPath = resolve(directory, checkpoint)
  try {
    const canary = readCanary(checkpointPath, manifestSha256)
    return { state: 'succeeded', attempt, checkpointPath, manifestSha256, metrics: { ...metrics, canary } }
  } catch (error) {
    const reason = `the trainer's checkpoint cannot be used: ${error instanceof Error ? error.message : String(error)}`
    return { state: 'failed', attempt, reason }
  }
}

/** What can be said while another worker holds the lock. */
function look(directory: string): JobReport {
  const last = readLastAttempt(directory)
  if (last === null) return { state: 'pending', attempt: 0, reason: 'another worker prepares the training' }
  const ended = endOf(directory, last.attempt)
  if (ended !== null) return ended
  const { heartbeatAt, progress } = readActivity(directory, last.attempt)
  return { state: 'running', attempt: last.attempt, progress, heartbeatAt }
}

async function waitForLock(path: string, clock: Clock): Promise<FileLock> {
  for (let waitedMs = 0; waitedMs < 120_000; waitedMs += 50) {
    const lock = tryLock(path)
    if (lock !== null) return lock
    await clock.sleep(50)
  }
  throw new PortError(`another worker has held ${path} for two minutes`, { retryable: true })
}
