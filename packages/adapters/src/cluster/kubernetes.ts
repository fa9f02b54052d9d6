import { existsSync } from 'node:fs'
import { PortError } from '@ratchet/ports/port-error.ts'
import { stringify } from 'yaml'
import type { ClusterSettings } from './cluster-on.ts'
import { kubernetesAccess } from './kubernetes-access.ts'
import { createKubernetesClient } from './kubernetes-client.ts'
import { isMissing, KubernetesFailure } from './kubernetes-failure.ts'
import { hasBegunToGather } from './kubernetes-gathering.ts'
import { kubernetesJob, kubernetesJobName, stoppedAnnotation } from './kubernetes-job.ts'
import { KubernetesEventList, KubernetesJob, type KubernetesPod } from './kubernetes-objects.ts'
import { indexOf, mostTelling, podsByIndex } from './kubernetes-pods.ts'
import type { KubernetesSettings } from './kubernetes-settings.ts'
import {
  hindered,
  isJobOf,
  isLive,
  isPreemptedBySuspension,
  type KubernetesFacts,
  kubernetesSight,
} from './kubernetes-sight.ts'
import { awaitEndOfPods, closeKubernetesJob, podsOfJob } from './kubernetes-stop.ts'
import { type Run, type RunName, type Scheduler, serverAddressFile } from './scheduler.ts'
import { readActivity } from './training-evidence.ts'

/**
 * Runs are Jobs of a Kubernetes, with one pod a node, which sees the runs directory under the path that it has for us. They are named
 * after them and stay when they have ended. A run that is stopped keeps its Job, which can never have
 * a pod again: whoever submits the run once more finds it. Throws PortError when the kubeconfig cannot be used.
 */
export function createKubernetesScheduler(settings: KubernetesSettings & Pick<ClusterSettings, 'clock'>): Scheduler {
  const { clock } = settings
  const client = createKubernetesClient(kubernetesAccess(settings))
  const { namespace } = client
  const jobsPath = `/apis/batch/v1/namespaces/${namespace}/jobs`
  const podsPath = `/api/v1/namespaces/${namespace}/pods`
  const eventsPath = `/api/v1/namespaces/${namespace}/events`
  const jobPath = (run: RunName): string => `${jobsPath}/${kubernetesJobName(run)}`

  const findJob = async (run: RunName): Promise<KubernetesJob | null> => {
    try {
      const job = await client.ask({ path: jobPath(run) }, KubernetesJob)
      return isJobOf(job, kubernetesJobName(run), run.directory) ? job : null
    } catch (error) {
      if (isMissing(error)) return null
      throw error
    }
  }
  const factsOf = async (run: RunName): Promise<KubernetesFacts> => {
    const job = await findJob(run)
    const pods = job === null ? [] : await podsOfJob(client, podsPath, job.metadata.uid)
    const begun = () =>
      readActivity(run.directory).heartbeatAt !== null || hasBegunToGather(run) || existsSync(serverAddressFile(run))
    const hasRun = job?.spec.suspend === true && begun()
    return { job, pods, events: [], hasRun, now: clock.now() }
  }
  const withEvents = async (facts: KubernetesFacts): Promise<KubernetesFacts> => {
    const subject = hindered(facts)
    if (subject === null) return facts
    const query = { fieldSelector: `involvedObject.uid=${subject.metadata.uid}` }
    return { ...facts, events: (await client.ask({ path: eventsPath, query }, KubernetesEventList)).items }
  }

  const logOf = async (pod: KubernetesPod, container: string, tailLines: number): Promise<string[]> => {
    try {
      const path = `${podsPath}/${pod.metadata.name}/log`
      return linesOf(await client.text({ path, query: { container, tailLines } }), isLive(pod))
    } catch (error) {
      // There is no log before the container starts, nor when its node is away.
      if (error instanceof KubernetesFailure && error.status !== null && ![401, 403].includes(error.status)) return []
      throw error
    }
  }

  const create = async (run: Run, query: Readonly<Record<string, string>> = {}): Promise<void> => {
    const strict = { fieldValidation: 'Strict', ...query }
    try {
      await client.text({ method: 'POST', path: jobsPath, query: strict, body: kubernetesJob(run, settings) })
    } catch (error) {
      if (!(error instanceof KubernetesFailure) || error.status !== 409) throw error
      if ((await findJob(run)) !== null) return
      const name = kubernetesJobName(run)
      const message = `the namespace ${namespace} has a Job ${name} that is not this run's: delete it, or use another namespace`
      throw new PortError(message, { retryable: false })
    }
  }

  return {
    keepsTimeLimits: true,
    showsAfterMs: 5_000,
    submit: (run) => create(run),
    check: async (run) => {
      try {
        await create(run, { dryRun: 'All' })
      } catch (error) {
        // A rule of admission that cannot be asked so says nothing of the Job.
        if (!(error instanceof KubernetesFailure) || !/does not support dry run/.test(error.message)) throw error
        throw new PortError(error.message, { retryable: true, cause: error })
      }
    },
    look: async (run) => {
      const facts = await factsOf(run)
      // Its queue would start it again within the same attempt; the next attempt queues anew.
      if (isPreemptedBySuspension(facts)) await closeKubernetesJob(client, jobPath(run), {})
      const sight = kubernetesSight(facts)
      return sight.state === 'waiting' ? kubernetesSight(await withEvents(facts)) : sight
    },
    stop: async (run, graceMs) => {
      const job = await findJob(run)
      if (job === null) return
      try {
        await closeKubernetesJob(client, jobPath(run), { [stoppedAnnotation]: clock.now().toISOString() })
      } catch (error) {
        if (!isMissing(error)) throw error
      }
      const { uid } = job.metadata
      await awaitEndOfPods({ client, clock, jobPath: jobPath(run), podsPath, uid, graceMs })
    },
    logs: async (run, tailLines) => {
      const job = await findJob(run)
      const pods = job === null ? [] : podsByIndex(await podsOfJob(client, podsPath, job.metadata.uid))
      const last = mostTelling(pods)
      if (last === undefined) return []
      if (pods.length === 1) return logOf(last, run.role ?? 'trainer', tailLines)
      // Others get an equal share, and the one that tells most the rest, at the end.
      const share = Math.floor(tailLines / pods.length)
      const lines: string[] = []
      for (const pod of [...pods.filter((other) => other !== last), last]) {
        const count = pod === last ? tailLines - lines.length : share
        if (count > 0)
          lines.push(...(await logOf(pod, run.role ?? 'trainer', count)).map((line) => `[pod ${indexOf(pod)}] ${line}`))
      }
      return lines
    },
    preview: (run) => stringify(kubernetesJob(run, settings), { lineWidth: 0 }),
    close: () => client.close(),
  }
}

/** What follows the last line break is nothing, or a line that may still be written. */
function linesOf(text: string, unfinished: boolean): string[] {
  const lines = text.split('\n')
  return unfinished || lines.at(-1) === '' ? lines.slice(0, -1) : lines
}
