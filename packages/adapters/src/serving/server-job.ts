import { resolve } from 'node:path'
import type { Clock } from '@ratchet/ports/clock.ts'
import { PortError } from '@ratchet/ports/port-error.ts'
import type { DeploymentReport, DeploymentRequest, Serving } from '@ratchet/ports/serving.ts'
import { type Attempt, clearMark, mark, type RunDirectory, readMark, runDirectoryOf } from '../cluster/run-directory.ts'
import type { RunName, Scheduler, Sight } from '../cluster/scheduler.ts'
import { lookAtServer } from './look-at-server.ts'
import { drain } from './running-requests.ts'
import { createServerClient } from './server-client.ts'
import { serverId, serverRun, serverRunName, serverUrl } from './server-run.ts'

export type JobServingSettings = {
  /** Holds a directory for each server, on storage that workers and the cluster's nodes share under this path. */
  readonly directory: string
  /** `{path}`, `{name}` and `{port}` are replaced in each argument. */
  readonly command: readonly string[]
  /** From the moment the job runs until `/health` answers. */
  readonly startTimeoutSeconds: number
  /** Of one job; at its end the next one begins. */
  readonly timeLimitMinutes: number
  /** What a server gets to end. */
  readonly graceSeconds: number
  /** Requests in flight at most on each server. */
  readonly maxInFlight: number
  readonly apiKey?: string | undefined
  /** Where samplers find the same key. */
  readonly apiKeyEnv?: string | undefined
  readonly clock: Clock
  /** How long running requests may go on after the release. Default 60,000. */
  readonly drainTimeoutMs?: number
  /** Silence of a server that has answered, after which its job is ended and another begins. Default 120,000. */
  readonly silenceAllowedMs?: number
}

/** Jobs in a row whose server ended before it answered, after which the deployment has failed. */
const failedStartsAllowed = 3

/**
 * One server a checkpoint, each in a job of a cluster, which gives it its GPUs. Jobs outlive the worker and are found again by what is
 * in their directories; when the cluster takes one away, or its time is over, another begins. A failure is told once: whoever asks
 * again wants it anew.
 */
export function createJobServing(scheduler: Scheduler, settings: JobServingSettings): Serving {
  const { clock } = settings
  const stopMs = settings.graceSeconds * 1000
  const runsOf = (name: string): RunDirectory => runDirectoryOf(settings.directory, serverId(name))
  const runOf = (name: string, attempt: number): RunName => serverRunName(serverId(name), runsOf(name).path, attempt)
  const since = (then: Date): number => clock.now().getTime() - then.getTime()

  const begin = async (
    deployment: DeploymentRequest,
    number: number,
    opened: { readonly failedStarts: number; readonly because: string | null },
  ): Promise<DeploymentReport> => {
    const { name, path } = deployment
    const runs = runsOf(name)
    const { failedStarts: fruitless, because } = opened
    runs.openAttempt(number, { attempt: number, uncounted: 0, fruitless, because, name, path })
    return await submit(deployment, number, because)
  }

  const submit = async (
    { name, path }: DeploymentRequest,
    number: number,
    because: string | null,
  ): Promise<DeploymentReport> => {
    const { command, timeLimitMinutes, graceSeconds } = settings
    const run = serverRun(runOf(name, number), { command, path, name, timeLimitMinutes, graceSeconds })
    try {
      await scheduler.submit(run)
    } catch (error) {
      if (!(error instanceof PortError) || error.retryable) throw error
      return await fail(name, number, error.message, false)
    }
    mark(run.directory, 'submitted', clock.now())
    // It was released meanwhile, perhaps before there was anything to stop.
    if (isOver(runsOf(name), number)) await scheduler.stop(run, stopMs)
    return starting(because === null ? `a server for ${name} is submitted` : `another server is submitted: ${because}`)
  }

  /** Nothing of the run is left on the cluster. */
  const end = async (run: RunName, graceMs: number): Promise<void> => {
    if (readMark(run.directory, 'stopped') !== null) return
    await scheduler.stop(run, graceMs)
    mark(run.directory, 'stopped', clock.now())
  }

  /** Tells the reason once; the end of the server's log says more. */
  const fail = async (name: string, number: number, why: string, kill: boolean): Promise<DeploymentReport> => {
    const run = runOf(name, number)
    runsOf(name).giveVerdict({ attempt: number, firstAttempt: number, reason: why })
    if (kill) await end(run, 0)
    return { state: 'failed', reason: why }
  }

  const withLog = async (run: RunName, why: string): Promise<string> => {
    const line = (await scheduler.logs(run, 1).catch(() => []))[0]?.slice(0, 300)
    return `${why}; ${line === undefined ? 'it wrote nothing' : `its log ends with: ${line}`} (in ${run.directory})`
  }

  const ofRunning = async (
    deployment: DeploymentRequest,
    attempt: Attempt,
    startedAt: Date,
  ): Promise<DeploymentReport> => {
    const { name } = deployment
    const run = runOf(name, attempt.number)
    const url = serverUrl(run)
    const limitMs = settings.startTimeoutSeconds * 1000
    const late = async (): Promise<DeploymentReport> => {
      const where = url === null ? '' : ` at ${url}`
      const why = `the server for ${name} did not answer${where} within ${settings.startTimeoutSeconds} s`
      return await fail(name, attempt.number, await withLog(run, why), true)
    }
    if (url === null)
      return since(startedAt) > limitMs ? await late() : starting(`the job of the server for ${name} begins`)
    const client = createServerClient(url, settings.apiKey)
    try {
      if ((await client.ask('GET', '/health', undefined, 5_000))?.status === 200) {
        if (readMark(attempt.directory, 'answered') === null) mark(attempt.directory, 'answered', clock.now())
        clearMark(attempt.directory, 'silent')
        const report = await lookAtServer(client, url, deployment, settings)
        return report.state === 'failed' ? await fail(name, attempt.number, report.reason, true) : report
      }
    } finally {
      await client.close()
    }
    if (readMark(attempt.directory, 'answered') === null)
      return since(startedAt) > limitMs
        ? await late()
        : starting(`the server for ${name} starts at ${url} (${seconds(since(startedAt))})`)
    const silentSince = readMark(attempt.directory, 'silent')
    if (silentSince === null) mark(attempt.directory, 'silent', clock.now())
    else if (since(silentSince) > (settings.silenceAllowedMs ?? 120_000)) {
      await end(run, 0)
      const because = `the server at ${url} did not answer for ${seconds(since(silentSince))}`
      return await begin(deployment, attempt.number + 1, { failedStarts: 0, because })
    }
    return starting(`the server at ${url} does not answer (${seconds(silentSince === null ? 0 : since(silentSince))})`)
  }

  const ofEnded = async (
    deployment: DeploymentRequest,
    attempt: Attempt,
    { cause, detail }: Extract<Sight, { state: 'ended' }>,
  ): Promise<DeploymentReport> => {
    const { name } = deployment
    const answered = readMark(attempt.directory, 'answered') !== null
    const said = detail === '' ? '' : `: ${detail}`
    const again = async (because: string, failedStarts: number): Promise<DeploymentReport> =>
      await begin(deployment, attempt.number + 1, { failedStarts, because })
    switch (cause) {
      case 'impossible':
        return await fail(name, attempt.number, `the cluster cannot run the server${said}`, false)
      case 'stopped':
        return await fail(name, attempt.number, `somebody cancelled the server's job on the cluster${said}`, false)
      case 'preempted':
        return await again(`the cluster preempted the server${said}`, attempt.fruitless)
      case 'node-lost':
        return await again(`the cluster lost the server's node${said}`, attempt.fruitless)
      case 'no-room':
        return await again(`the cluster had no room${said}`, attempt.fruitless)
      case 'time-limit':
      case 'exited': {
        const why = cause === 'exited' ? `the server for ${name} ended${said}` : "the server's time limit was reached"
        if (answered) return await again(why, 0)
        const failedStarts = attempt.fruitless + 1
        if (failedStarts < failedStartsAllowed) return await again(why, failedStarts)
        const reason = `${why} before it answered, ${failedStarts} times`
        return await fail(name, attempt.number, await withLog(runOf(name, attempt.number), reason), false)
      }
    }
  }

  const ensure = async (deployment: DeploymentRequest): Promise<DeploymentReport> => {
    const { name } = deployment
    const runs = runsOf(name)
    const attempt = runs.attempt()
    if (attempt === null) return await begin(deployment, 1, { failedStarts: 0, because: null })
    if (isOver(runs, attempt.number)) {
      await end(runOf(name, attempt.number), 0)
      return await begin(deployment, attempt.number + 1, { failedStarts: 0, because: null })
    }
    const sight = await look(runOf(name, attempt.number), attempt)
    if (attempt.submittedAt === null && sight.state !== 'absent') mark(attempt.directory, 'submitted', clock.now())
    switch (sight.state) {
      case 'absent':
        if (attempt.submittedAt === null) return await submit(deployment, attempt.number, attempt.because)
        if (since(attempt.submittedAt) <= scheduler.showsAfterMs)
          return starting('the cluster does not show the job of the server yet')
        return await begin(deployment, attempt.number + 1, {
          failedStarts: attempt.fruitless,
          because: 'the cluster knows nothing of the job of the server any more',
        })
      case 'waiting': {
        const { reason, queuePosition, hopeless } = sight
        if (hopeless) return await fail(name, attempt.number, `the cluster cannot run the server: ${reason}`, true)
        const before = queuePosition === null ? '' : `; ${queuePosition} jobs are before it in the queue`
        return starting(`the server for ${name} waits: ${reason}${before}`)
      }
      case 'running':
        if (attempt.startedAt === null) mark(attempt.directory, 'started', sight.since)
        return await ofRunning(deployment, attempt, sight.since)
      case 'ended':
        return await ofEnded(deployment, attempt, sight)
    }
  }

  /** A server that has answered goes on, whether or not its cluster can be asked. */
  const look = async (run: RunName, { directory, startedAt }: Attempt): Promise<Sight> => {
    try {
      return await scheduler.look(run)
    } catch (error) {
      const isAway = error instanceof PortError && error.retryable
      if (!isAway || startedAt === null || readMark(directory, 'answered') === null) throw error
      return { state: 'running', since: startedAt }
    }
  }

  return {
    ensure: async ({ path, ...deployment }) => {
      try {
        return await ensure({ ...deployment, path: resolve(path) })
      } catch (error) {
        if (!(error instanceof PortError) || !error.retryable) throw error
        return starting(`the cluster cannot be asked: ${error.message}`)
      }
    },
    release: async (name) => {
      const runs = runsOf(name)
      const attempt = runs.attempt()
      if (attempt === null) return
      const run = runOf(name, attempt.number)
      if (!isOver(runs, attempt.number)) {
        runs.giveVerdict({ attempt: attempt.number, firstAttempt: attempt.number, reason: 'it was released' })
        const url = serverUrl(run)
        if (url !== null && readMark(attempt.directory, 'answered') !== null) {
          const client = createServerClient(url, settings.apiKey)
          await drain(client, { timeoutMs: settings.drainTimeoutMs ?? 60_000, clock })
          await client.close()
        }
      }
      await end(run, stopMs)
    },
    close: () => scheduler.close(),
  }
}

/** Whether the attempt was released or has failed. */
function isOver(runs: RunDirectory, attempt: number): boolean {
  return runs.verdict(attempt)?.attempt === attempt
}

function starting(reason: string): DeploymentReport {
  return { state: 'starting', reason }
}

function seconds(ms: number): string {
  return `${Math.round(ms / 1000)} s`
}
