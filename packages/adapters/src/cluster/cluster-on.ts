import { join, resolve } from 'node:path'
import type { Clock } from '@ratchet/ports/clock.ts'
import { type Cluster, type JobReport, type JobState, runNameOf, type TrainingJob } from '@ratchet/ports/cluster.ts'
import type { ObjectStoreLocation } from '@ratchet/ports/object-store.ts'
import { PortError } from '@ratchet/ports/port-error.ts'
import { triedAgain } from '@ratchet/ports/training-store.ts'
import { endOf, factsOf, reportOf } from './attempt-report.ts'
import { type AttemptFacts, type AttemptLimits, type Decision, decide } from './decide.ts'
import { type JobFileSettings, jobFile } from './job-file.ts'
import { usageOf } from './job-usage.ts'
import { type Distribution, launchCommand, singleProcess } from './launch.ts'
import { type Attempt, attemptDirectory, isVoid, mark, type RunDirectory, runDirectoryOf } from './run-directory.ts'
import { checkRunsDirectory, failureOfOpening } from './runs-directory.ts'
import type { Run, RunName, Scheduler } from './scheduler.ts'
import { hasSaved, readActivity } from './training-evidence.ts'
import { readSeries } from './training-series.ts'

export type ClusterSettings = {
  /** One directory a job, on storage that workers, trainers and servers share under this path. */
  readonly runsDirectory: string
  /** The trainer's command, to which the attempt's directory is appended. */
  readonly trainer: readonly string[]
  /** Default: one process. */
  readonly distribution?: Distribution
  /** Makes what the trainer's command needs, before the first attempt; it may take minutes. */
  readonly prepare?: () => Promise<unknown>
  /** `prepare` makes nothing and only looks whether all is there, so that a check may call it. Default false. */
  readonly preparesAtOnce?: boolean
  /** Where trainers fetch datasets and push checkpoints. */
  readonly objects: ObjectStoreLocation
  /** How long a trainer waits for an object store that is away. Default 600. */
  readonly objectPatienceSeconds?: number
  /** Where each node keeps datasets while it trains. Default: beside the run. */
  readonly scratchDirectory?: string | undefined
  readonly clock: Clock
  /** GPUs of one run, over all its nodes; 0 on a CPU. */
  readonly gpusPerRun: number
  /** How often the trainer shows that it lives. Default 5. */
  readonly heartbeatSeconds?: number
  /** Silence after which a running trainer counts as hung. Default 300. */
  readonly silentAfterSeconds?: number
  /** The same before its first sign of life, while it imports its libraries. Default 900. */
  readonly silentAtStartAfterSeconds?: number
  /** Minutes after which a trainer that lives and makes no step counts as hung; one with slow steps gets ten of them. Default 30. */
  readonly hungAfterMinutes?: number
  /** What a trainer gets to save a checkpoint before it is killed. Default 30. */
  readonly graceSeconds?: number
  /** Attempts in a row that the cluster ends before they have saved anything, after which the job is given up. Default 20. */
  readonly maxFruitlessAttempts?: number
}

/**
 * Trains through a scheduler. Every attempt is a run of its own under a name of its own, so that whatever restarts a trainer is
 * fenced by the attempt's number; how far a job is stands in its run directory, where any worker finds it. Nothing is locked: two
 * workers that look at the same time open the same attempt and submit the same run.
 */
export function createClusterOn(scheduler: Scheduler, settings: ClusterSettings): Cluster {
  const { objects, clock } = settings
  const graceSeconds = settings.graceSeconds ?? 30
  const distribution = settings.distribution ?? singleProcess
  const maxFruitless = settings.maxFruitlessAttempts ?? 20
  const seconds = (value: number | undefined, otherwise: number): number => (value ?? otherwise) * 1000
  const limitsOf = (job: TrainingJob): AttemptLimits => ({
    silentAfterMs: seconds(settings.silentAfterSeconds, 300),
    silentAtStartAfterMs: seconds(settings.silentAtStartAfterSeconds, 900),
    stuckAfterMs: (settings.hungAfterMinutes ?? 30) * 60_000,
    showsAfterMs: scheduler.showsAfterMs,
    // A scheduler that ends runs itself, but late, is left to it.
    timeLimitMs: job.timeLimitMinutes * 60_000 + (scheduler.keepsTimeLimits ? 600_000 : 0),
    timeLimitMinutes: job.timeLimitMinutes,
  })
  const directoryOf = (jobId: string): RunDirectory => runDirectoryOf(settings.runsDirectory, jobId)
  const runOf = (job: Pick<TrainingJob, 'id' | 'timeLimitMinutes'>, directory: string, attempt: number): Run => {
    const named = runName(job.id, directory, attempt)
    return {
      ...named,
      nodes: distribution.nodes,
      command: [
        ...launchCommand(settings.trainer, distribution, { name: named.name, graceSeconds }),
        attemptDirectory(directory, attempt),
      ],
      timeLimitMinutes: job.timeLimitMinutes,
      graceSeconds,
    }
  }

  const open = async (
    job: TrainingJob,
    runs: RunDirectory,
    opened: Pick<JobFileSettings, 'attempt' | 'uncounted' | 'fruitless' | 'because'>,
  ): Promise<JobState> => {
    await settings.prepare?.()
    const file = jobFile(job, {
      ...opened,
      objects,
      objectPatienceSeconds: settings.objectPatienceSeconds ?? 600,
      scratchDirectory: settings.scratchDirectory ?? null,
      output: join(runs.path, 'checkpoint'),
      heartbeatSeconds: settings.heartbeatSeconds ?? 5,
      graceSeconds,
    })
    try {
      runs.openAttempt(opened.attempt, file)
    } catch (error) {
      throw failureOfOpening(settings.runsDirectory, { jobId: job.id, attempt: opened.attempt }, error)
    }
    return submit(job, runs, { number: opened.attempt, first: job.firstAttempt })
  }

  const submit = async (job: TrainingJob, runs: RunDirectory, attempt: Numbered): Promise<JobState> => {
    const run = runOf(job, runs.path, attempt.number)
    try {
      await scheduler.submit(run)
    } catch (error) {
      if (!(error instanceof PortError) || error.retryable) throw error
      return fail(runs, attempt, error.message)
    }
    mark(run.directory, 'submitted', clock.now())
    // It was cancelled or paused meanwhile, perhaps before there was anything to stop.
    if (runs.verdict(attempt.first) !== null || runs.attempt()?.paused === true)
      await scheduler.stop(run, graceSeconds * 1000)
    return { state: 'pending', attempt: attempt.number, reason: 'submitted', queuePosition: null }
  }

  const fail = (runs: RunDirectory, { number: attempt, first }: Numbered, reason: string): JobState => {
    runs.giveVerdict({ attempt, firstAttempt: first, reason })
    return { state: 'failed', attempt, reason }
  }

  const decideOf = async (job: TrainingJob, attempt: Attempt): Promise<[Decision, AttemptFacts, AttemptLimits]> => {
    // In this order: a trainer writes its result before it ends.
    const sight = await scheduler.look(runName(job.id, join(attempt.directory, '..'), attempt.number))
    const facts = factsOf(sight, attempt, clock.now())
    const limits = limitsOf(job)
    return [decide(facts, limits), facts, limits]
  }

  const act = async (job: TrainingJob, runs: RunDirectory, attempt: Attempt, decision: Decision): Promise<JobState> => {
    const name = runName(job.id, runs.path, attempt.number)
    switch (decision.kind) {
      case 'use-result':
      case 'wait':
      case 'running':
        return reportOf(runs, attempt, decision)
      case 'submit':
        return submit(job, runs, attempt)
      case 'end-at-limit': {
        await scheduler.stop(name, graceSeconds * 1000)
        const [, facts, limits] = await decideOf(job, attempt)
        const sight = { state: 'ended', cause: 'time-limit', detail: '' } as const
        return act(job, runs, attempt, decide({ ...facts, sight, gotFurther: hasSaved(attempt.directory) }, limits))
      }
      case 'give-up':
        if (decision.kill) await scheduler.stop(name, 0)
        return fail(runs, attempt, decision.reason)
      case 'try-again': {
        if (decision.kill) {
          await scheduler.stop(name, 0)
          mark(attempt.directory, 'stopped', clock.now())
        }
        const uncounted = attempt.uncounted + (decision.counts ? 0 : 1)
        const fruitless = decision.counts || attempt.paused || hasSaved(attempt.directory) ? 0 : attempt.fruitless + 1
        if (fruitless >= maxFruitless)
          return fail(
            runs,
            attempt,
            `${decision.why}, and ${fruitless} attempts in a row ended so before they had saved anything: run it where it is left alone for longer, raise timeLimitMinutes, or lower checkpointEverySteps`,
          )
        if (attempt.number - uncounted < job.maxAttempts)
          return open(job, runs, { attempt: attempt.number + 1, uncounted, fruitless, because: decision.why })
        const line = (await scheduler.logs(name, 1))[0]
        const said = line === undefined ? '' : `; its log ends with: ${line.slice(0, 300)}`
        return fail(runs, attempt, `${decision.why}, as often as allowed (${job.maxAttempts})${said}`)
      }
    }
  }

  /** The first attempt, or the first after a retry; those before it do not count. */
  const begin = (job: TrainingJob, runs: RunDirectory): Promise<JobState> => {
    const attempt = nextAfterRetry(job, runs.attempt())
    const because = attempt === 1 ? null : 'the iteration was retried'
    return open(job, runs, { attempt, uncounted: attempt - 1, fruitless: 0, because })
  }

  /** An attempt from before a retry may still be there, as when it could not be stopped then. */
  const end = async (job: TrainingJob, runs: RunDirectory, attempt: Attempt): Promise<void> => {
    const name = runName(job.id, runs.path, attempt.number)
    const { state } = await scheduler.look(name)
    if (state === 'waiting' || state === 'running') await scheduler.stop(name, graceSeconds * 1000)
  }

  const ensure = async (job: TrainingJob, runs: RunDirectory): Promise<JobState> => {
    const attempt = runs.attempt()
    if (attempt === null) return begin(job, runs)
    const voided = isVoid(attempt, job.firstAttempt)
    const ended = endOf(runs, attempt, voided)
    if (ended !== null) return ended
    if (voided) {
      await end(job, runs, attempt)
      // It may have been about to succeed.
      return endOf(runs, attempt, voided) ?? begin(job, runs)
    }
    const [decision, { sight }] = await decideOf(job, attempt)
    // The reply to the submission was lost: from now on its absence means that the scheduler forgot it.
    if (attempt.submittedAt === null && sight.state !== 'absent') mark(attempt.directory, 'submitted', clock.now())
    if (attempt.startedAt === null && sight.state === 'running') mark(attempt.directory, 'started', sight.since)
    return act(job, runs, attempt, decision)
  }

  const told = (job: TrainingJob, runs: RunDirectory, state: JobState): JobReport => {
    const { heartbeatAt, progress } = readActivity(attemptDirectory(runs.path, state.attempt))
    const newest = runs.attempt()
    const still = progress === null ? null : { ...progress, tokensPerSecond: null, expectedEndAt: null }
    return {
      ...state,
      usage: usageOf(runs.path, job, state.attempt, job.device === 'cpu' ? 0 : settings.gpusPerRun),
      because: newest?.number === state.attempt ? newest.because : null,
      progress: state.state === 'running' ? progress : still,
      heartbeatAt,
    }
  }

  return {
    check: async ({ id, timeLimitMinutes, startPath }) => {
      if (settings.preparesAtOnce === true) await settings.prepare?.()
      checkRunsDirectory(settings.runsDirectory, id)
      await scheduler.check(runOf({ id, timeLimitMinutes }, directoryOf(id).path, 1), startPath)
    },
    ensure: async (job) => {
      const runs = directoryOf(job.id)
      return told(job, runs, await ensure(job, runs))
    },
    look: async (job) => {
      const runs = directoryOf(job.id)
      const attempt = runs.attempt()
      if (attempt === null) return null
      const voided = isVoid(attempt, job.firstAttempt)
      const ended = endOf(runs, attempt, voided)
      if (ended !== null) return told(job, runs, ended)
      if (voided) return told(job, runs, aboutToBegin(nextAfterRetry(job, attempt)))
      const [decision] = await decideOf(job, attempt)
      return told(job, runs, reportOf(runs, attempt, decision))
    },
    pause: async (jobId) => {
      const runs = directoryOf(jobId)
      const attempt = runs.attempt()
      if (attempt === null || endOf(runs, attempt) !== null) return
      mark(attempt.directory, 'paused', clock.now())
      await scheduler.stop(runName(jobId, runs.path, attempt.number), graceSeconds * 1000)
    },
    cancel: async (jobId) => {
      const runs = directoryOf(jobId)
      const attempt = runs.attempt()
      if (attempt === null) return
      const ended = endOf(runs, attempt)
      if (ended === null) fail(runs, attempt, cancelled)
      // Whoever cancelled it may have died, or lost the cluster, before the run was stopped.
      else if (ended.state !== 'failed' || ended.reason !== cancelled) return
      await scheduler.stop(runName(jobId, runs.path, attempt.number), graceSeconds * 1000)
    },
    series: async (jobId, cursor) => readSeries(directoryOf(jobId).path, cursor),
    logs: async (jobId, count) => {
      const runs = directoryOf(jobId)
      const attempt = runs.attempt()
      return attempt === null ? '' : (await scheduler.logs(runName(jobId, runs.path, attempt.number), count)).join('\n')
    },
    runDirectory: (jobId) => directoryOf(jobId).path,
    preview: (id, timeLimitMinutes) => scheduler.preview(runOf({ id, timeLimitMinutes }, directoryOf(id).path, 1)),
    close: () => scheduler.close(),
  }
}

const cancelled = 'the training was cancelled'

type Numbered = Pick<Attempt, 'number' | 'first'>

/** Above every attempt that there is, whether or not it is on record. */
function nextAfterRetry({ firstAttempt }: TrainingJob, newest: Attempt | null): number {
  return Math.max(firstAttempt, (newest?.number ?? 0) + 1)
}

function aboutToBegin(attempt: number): JobState {
  return { state: 'pending', attempt, reason: triedAgain, queuePosition: null }
}

function runName(jobId: string, directory: string, attempt: number): RunName {
  return { name: runNameOf(jobId, attempt), directory: attemptDirectory(resolve(directory), attempt) }
}
