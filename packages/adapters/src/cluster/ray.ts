import type { Clock } from '@ratchet/ports/clock.ts'
import { PortError } from '@ratchet/ports/port-error.ts'
import { z } from 'zod'
import { tailLines } from '../detached-process/state-file.ts'
import { createRayClient, RayNameTaken } from './ray-client.ts'
import { isStopRequested, rayEntrypoint, requestStop } from './ray-entrypoint.ts'
import { copyNodesProgram, isPlaced, rayNodesEntrypoint } from './ray-nodes.ts'
import { endOfRayJob, isTerminal, nodesOf, type RayDemand, RayJob, RayNodes, waitingReason } from './ray-sight.ts'
import { runningSince } from './running-since.ts'
import { type Run, type RunName, runLogFile, type Scheduler, type Sight } from './scheduler.ts'

export type RaySettings = RayDemand & {
  /** The dashboard, as in `http://head:8265`. */
  readonly address: string
  /**
   * The token with which the cluster was started (`RAY_AUTH_MODE=token`), or null for one without. Whoever reaches a cluster
   * without a token may run any program on it.
   */
  readonly token: string | null
  /** For the trainer. Ray replaces `$NAME` in it by the node's own, and shows it to whoever may see the job, so it is no place for secrets. */
  readonly env: Readonly<Record<string, string>>
  /** Where `infra/ray/over_nodes.py` is on this machine, for runs over several nodes. */
  readonly nodesProgram: string
  /** Of one request. Default 60,000: the first submission to a cluster is slow. */
  readonly requestTimeoutMs?: number
}

const Submitted = z.looseObject({ submission_id: z.string() })
const Version = z.looseObject({ version: z.string() })
const Logs = z.looseObject({ logs: z.string() })

/** Longer than the `RAY_JOB_STOP_WAIT_TIME_S` of any cluster. */
const longestStopMs = 180_000
const pollMs = 200

/**
 * Runs are jobs of a Ray cluster whose nodes share the run directories with us under the same path. Their submission ids are the runs'
 * names, which Ray takes once; it forgets them when its head is restarted.
 */
export function createRayScheduler(settings: RaySettings & { readonly clock: Clock }): Scheduler {
  const { clock } = settings
  const client = createRayClient(settings.address, settings.token, settings.requestTimeoutMs ?? 60_000)
  const pathOf = ({ name }: RunName): string => `/api/jobs/${encodeURIComponent(name)}`
  const find = (run: RunName): Promise<RayJob | null> => client.ask('GET', pathOf(run), RayJob)

  const waiting = async (wanted: number): Promise<Sight> => {
    const nodes = await client.ask('GET', '/api/v0/nodes', RayNodes).catch(() => null)
    return { state: 'waiting', reason: waitingReason(settings, nodes, wanted), queuePosition: null, hopeless: false }
  }

  const noJobs = (): PortError =>
    new PortError(`there is no jobs API at ${settings.address}: name the dashboard of the Ray cluster's head`, {
      retryable: false,
    })

  return {
    keepsTimeLimits: false,
    showsAfterMs: 10_000,
    submit: async (run) => {
      const submission = submissionOf(run, settings)
      if (run.nodes > 1) copyNodesProgram(run, settings.nodesProgram)
      try {
        if ((await client.ask('POST', '/api/jobs/', Submitted, submission)) !== null) return
      } catch (error) {
        if (error instanceof RayNameTaken) return
        throw error
      }
      throw noJobs()
    },
    check: async () => {
      if ((await client.ask('GET', '/api/version', Version)) === null) throw noJobs()
    },
    look: async (run) => {
      const job = await find(run)
      if (job === null) return { state: 'absent' }
      const nodes = nodesOf(job)
      const gathers = nodes > 1 && !isPlaced(run)
      if (job.status === 'RUNNING' && !gathers) return { state: 'running', since: runningSince(run, clock) }
      // Ray keeps it in its queue until it can start, and then the entrypoint starts no trainer.
      if ((job.status === 'PENDING' || (job.status === 'SUCCEEDED' && gathers)) && isStopRequested(run))
        return { state: 'ended', cause: 'stopped', detail: 'it was stopped before it began' }
      return endOfRayJob(job, settings) ?? waiting(nodes)
    },
    stop: async (run, graceMs) => {
      requestStop(run)
      const askedAt = performance.now()
      let job = await find(run)
      while (job?.status === 'RUNNING' && performance.now() - askedAt < graceMs) {
        await clock.sleep(pollMs)
        job = await find(run)
      }
      if (job === null || isTerminal(job)) return
      await client.ask('POST', `${pathOf(run)}/stop`, z.unknown(), {})
      const stoppedAt = performance.now()
      // One that waits is as good as gone: see above.
      while (job?.status === 'RUNNING') {
        if (performance.now() - stoppedAt > longestStopMs)
          throw new PortError(`Ray does not end the job ${run.name}: look at it in its dashboard`, { retryable: true })
        await clock.sleep(pollMs)
        job = await find(run)
      }
    },
    logs: async (run, count) => {
      const lines = tailLines(runLogFile(run), count)
      if (lines.length > 0 || count <= 0) return lines
      // Without a program Ray may say why.
      const { logs } = (await client.ask('GET', `${pathOf(run)}/logs`, Logs)) ?? { logs: '' }
      return logs
        .split('\n')
        .filter((line) => line !== '')
        .slice(-count)
    },
    preview: (run) => `${JSON.stringify(submissionOf(run, settings), null, 2)}\n`,
    close: () => client.close(),
  }
}

function submissionOf(run: Run, settings: RaySettings) {
  const several = run.nodes > 1
  return {
    submission_id: run.name,
    entrypoint: several ? rayNodesEntrypoint(run, settings) : rayEntrypoint(run),
    ...(several ? {} : demandOf(settings)),
    runtime_env: { env_vars: settings.env },
    metadata: { started_by: 'ratchet', directory: run.directory, ...(several ? { nodes: String(run.nodes) } : {}) },
  }
}

function demandOf({ gpus, cpus, memoryBytes, resources }: RayDemand) {
  return {
    entrypoint_num_gpus: gpus,
    entrypoint_num_cpus: cpus,
    ...(memoryBytes === null ? {} : { entrypoint_memory: memoryBytes }),
    entrypoint_resources: resources,
  }
}
