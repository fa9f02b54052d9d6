import { resolve } from 'node:path'
import type { Clock } from '@ratchet/ports/clock.ts'
import { PortError } from '@ratchet/ports/port-error.ts'
import type { DeploymentReport, DeploymentRequest, ServerOutline, Serving } from '@ratchet/ports/serving.ts'
import { waitingReason } from '@ratchet/ports/waiting-reason.ts'
import type { Scheduler, Sight } from '../cluster/scheduler.ts'
import { lookAtServer } from './look-at-server.ts'
import { drain } from './running-requests.ts'
import { createServerClient } from './server-client.ts'
import { type ServerAttempt, type ServerEnd, serverDirectoryOf } from './server-directory.ts'
import { tellLog } from './server-log.ts'
import { serverRun, serverUrl } from './server-run.ts'
import { withServerWords } from './server-words.ts'

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
  /**
   * How long a failure or a release is told to whoever asks, before another server begins: those who have not heard of the round's end
   * must not begin one that nobody would ever end. Default 20,000, more than workers take to hear of it.
   */
  readonly restMs?: number
}

/** Jobs in a row whose server ended before it answered, after which the deployment has failed. */
const failedStartsAllowed = 3

/**
 * One server a checkpoint, each in a job of a cluster, which gives it its GPUs. Jobs outlive the worker and are found again by what is
 * in their directories; when the cluster takes one away, or its time is over, another begins.
 */
export function createJobServing(cluster: Scheduler, settings: JobServingSettings): Serving {
  const { clock } = settings
  const scheduler = withServerWords(cluster)
  const runOf = ({ name, path }: ServerOutline, { run }: ServerAttempt) => {
    const { command, timeLimitMinutes, graceSeconds } = settings
    return serverRun(run, { command, path, name, timeLimitMinutes, graceSeconds })
  }
  const directoryOf = (name: string) => serverDirectoryOf(settings.directory, name)
  const elapsedMs = (then: Date): number => clock.now().getTime() - then.getTime()

  const begin = async (
    deployment: DeploymentRequest,
    before: ServerAttempt | null,
    because: string | null,
    failedStarts = 0,
  ): Promise<DeploymentReport> => {
    const { name, path } = deployment
    // Read before the next one is there: whoever releases looks for it afterwards.
    const wasOver = before?.end() ?? null
    const attempt = directoryOf(name).open((before?.number ?? 0) + 1, { failedStarts, because, path })
    const over = before?.end() ?? null
    if (wasOver === null && over !== null) {
      attempt.noteEnd(over)
      return told(over)
    }
    return await submit(deployment, attempt)
  }

  const submit = async (server: ServerOutline, attempt: ServerAttempt): Promise<DeploymentReport> => {
    const { name } = server
    const { because } = attempt
    try {
      await scheduler.submit(runOf(server, attempt))
    } catch (error) {
      if (!(error instanceof PortError) || error.retryable) throw error
      return await fail(attempt, error.message)
    }
    attempt.note('submitted', clock.now())
    // It was released meanwhile, perhaps before there was anything to stop.
    if (attempt.end() !== null) await stop(attempt, 0)
    return starting(because === null ? `a server for ${name} is submitted` : `another server is submitted: ${because}`)
  }

  /** Nothing of the run is left on the cluster. */
  const stop = async (attempt: ServerAttempt, graceMs: number): Promise<void> => {
    await scheduler.stop(attempt.run, graceMs)
    attempt.note('stopped', clock.now())
  }

  const fail = async (attempt: ServerAttempt, reason: string): Promise<DeploymentReport> => {
    attempt.noteEnd({ at: clock.now(), kind: 'failed', reason })
    await stop(attempt, 0)
    return { state: 'failed', reason }
  }

  const failWithLog = async (attempt: ServerAttempt, why: string): Promise<DeploymentReport> => {
    return await fail(attempt, `${why}; ${await tellLog(scheduler, attempt.run)}`)
  }

  const { silenceAllowedMs = 120_000 } = settings

  const ofRunning = async (
    deployment: DeploymentRequest,
    attempt: ServerAttempt,
    startedAt: Date,
  ): Promise<DeploymentReport> => {
    const { name } = deployment
    const { startTimeoutSeconds } = settings
    const url = serverUrl(attempt.run)
    const report = url === null ? null : await askServer(deployment, url)
    if (report?.state === 'failed') return await fail(attempt, report.reason)
    // One that was never proven may still end of its first request.
    if (report !== null && (report.state === 'ready' || attempt.since('answered') !== null)) {
      attempt.noteAnswer(clock.now())
      return report
    }
    if (attempt.since('answered') === null) {
      const where = url === null ? '' : ` at ${url}`
      if (elapsedMs(startedAt) > startTimeoutSeconds * 1000)
        return await failWithLog(
          attempt,
          `the server for ${name} did not answer${where} within ${startTimeoutSeconds} s`,
        )
      return starting(`the server for ${name} starts${where} (${seconds(elapsedMs(startedAt))})`)
    }
    if (attempt.since('silent') === null) attempt.note('silent', clock.now())
    const silence = silenceOf(attempt)
    if (silence <= silenceAllowedMs) return starting(`the server at ${url} does not answer (${seconds(silence)})`)
    await stop(attempt, 0)
    return await begin(deployment, attempt, afterSilence(attempt))
  }

  const silenceOf = (attempt: ServerAttempt): number => elapsedMs(attempt.since('silent') ?? clock.now())
  const afterSilence = (attempt: ServerAttempt): string =>
    `the server at ${serverUrl(attempt.run)} did not answer for ${seconds(silenceOf(attempt))}`

  /** Null where it is not healthy. */
  const askServer = async (deployment: DeploymentRequest, url: string): Promise<DeploymentReport | null> => {
    const client = createServerClient(url, settings.apiKey)
    try {
      if ((await client.ask('GET', '/health', undefined, 5_000))?.status !== 200) return null
      return await lookAtServer(client, url, deployment, settings)
    } finally {
      await client.close()
    }
  }

  const ofEnded = async (
    deployment: DeploymentRequest,
    attempt: ServerAttempt,
    { cause, detail }: Extract<Sight, { state: 'ended' }>,
  ): Promise<DeploymentReport> => {
    const said = detail === '' ? '' : `: ${detail}`
    const again = (because: string) => begin(deployment, attempt, `${because}${said}`, attempt.failedStarts)
    switch (cause) {
      case 'impossible':
        return await fail(attempt, `the cluster cannot run the server${said}`)
      case 'stopped':
        // By somebody of us, who has not begun the next one yet.
        if (silenceOf(attempt) > silenceAllowedMs) return await again(afterSilence(attempt))
        return await fail(attempt, `somebody cancelled the server's job on the cluster${said}`)
      case 'preempted':
        return await again('the cluster preempted the server')
      case 'node-lost':
        return await again("the cluster lost the server's node")
      case 'no-room':
        return await again('the cluster had no room')
      case 'time-limit':
      case 'exited': {
        const { name } = deployment
        const why =
          cause === 'exited'
            ? `the server for ${name} ended${said}`
            : `the time limit of the server for ${name} was reached`
        if (attempt.since('answered') !== null) return await begin(deployment, attempt, why)
        const failedStarts = attempt.failedStarts + 1
        if (failedStarts < failedStartsAllowed) return await begin(deployment, attempt, why, failedStarts)
        return await failWithLog(attempt, `${why} before it answered, ${failedStarts} times`)
      }
    }
  }

  const ensure = async (deployment: DeploymentRequest): Promise<DeploymentReport> => {
    const { name } = deployment
    const attempt = directoryOf(name).attempt()
    if (attempt === null) return await begin(deployment, null, null)
    const end = attempt.end()
    if (end !== null) {
      if (elapsedMs(end.at) < (settings.restMs ?? 20_000)) return told(end)
      if (attempt.since('stopped') === null) await stop(attempt, 0)
      return await begin(deployment, attempt, null)
    }
    const sight = await look(attempt)
    if (attempt.since('submitted') === null && sight.state !== 'absent') attempt.note('submitted', clock.now())
    switch (sight.state) {
      case 'absent': {
        const submittedAt = attempt.since('submitted')
        if (submittedAt === null) return await submit(deployment, attempt)
        if (elapsedMs(submittedAt) <= scheduler.showsAfterMs)
          return starting('the cluster does not show the job of the server yet')
        const because = 'the cluster knows nothing of the job of the server any more'
        return await begin(deployment, attempt, because, attempt.failedStarts)
      }
      case 'waiting': {
        const { reason, queuePosition, hopeless } = sight
        if (hopeless) return await fail(attempt, `the cluster cannot run the server: ${reason}`)
        return starting(`the server for ${name} waits: ${waitingReason({ reason, queuePosition })}`)
      }
      case 'running':
        if (attempt.since('started') === null) attempt.note('started', sight.since)
        return await ofRunning(deployment, attempt, sight.since)
      case 'ended':
        return await ofEnded(deployment, attempt, sight)
    }
  }

  /** A server that has answered goes on, whether or not its cluster can be asked. */
  const look = async (attempt: ServerAttempt): Promise<Sight> => {
    try {
      return await scheduler.look(attempt.run)
    } catch (error) {
      const isAway = error instanceof PortError && error.retryable
      const since = attempt.since('started')
      if (!isAway || since === null || attempt.since('answered') === null) throw error
      return { state: 'running', since }
    }
  }

  const drained = async ({ run }: ServerAttempt): Promise<void> => {
    const url = serverUrl(run)
    if (url === null) return
    const client = createServerClient(url, settings.apiKey)
    await drain(client, { timeoutMs: settings.drainTimeoutMs ?? 60_000, clock })
    await client.close()
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
      // Somebody may begin the next one while this one is ended.
      for (let ended: number | null = null; ; ) {
        const attempt = directoryOf(name).attempt()
        if (attempt === null || attempt.number === ended) return
        if (attempt.end() === null) {
          attempt.noteEnd({ at: clock.now(), kind: 'released', reason: 'it was released' })
          if (attempt.since('answered') !== null) await drained(attempt)
        }
        if (attempt.since('stopped') === null) await stop(attempt, settings.graceSeconds * 1000)
        ended = attempt.number
      }
    },
    jobs: {
      check: async (server) => {
        const path = resolve(server.path)
        await scheduler.check(runOf({ ...server, path }, directoryOf(server.name).nth(1)), path)
      },
      preview: (server) => scheduler.preview(runOf(server, directoryOf(server.name).nth(1))),
    },
    close: () => scheduler.close(),
  }
}

function told({ kind, reason }: ServerEnd): DeploymentReport {
  return kind === 'failed' ? { state: 'failed', reason } : starting('its server was released a moment ago')
}

function starting(reason: string): DeploymentReport {
  return { state: 'starting', reason }
}

function seconds(ms: number): string {
  return `${Math.round(ms / 1000)} s`
}
