import { ended, endOfJob, joined } from './kubernetes-end.ts'
import { directoryAnnotation, runLabel, stoppedAnnotation } from './kubernetes-job.ts'
import {
  conditionOf,
  containerStateOf,
  type KubernetesEvent,
  type KubernetesJob,
  type KubernetesPod,
} from './kubernetes-objects.ts'
import { endOfPods, podsByIndex } from './kubernetes-pods.ts'
import { withRemedy } from './kubernetes-remedy.ts'
import type { Sight } from './scheduler.ts'

/** What Kubernetes shows of a run, read in this order. */
export type KubernetesFacts = {
  /** Null: there is no such Job. */
  readonly job: KubernetesJob | null
  /** Oldest first. */
  readonly pods: readonly KubernetesPod[]
  /** Of the Job and its pods; only needed while none of them runs. */
  readonly events: readonly KubernetesEvent[]
  /** Whether the trainer of this run has ever given a sign of life. Only needed of a suspended Job. */
  readonly hasRun: boolean
  readonly now: Date
}

/** How long what hinders a start may last before it counts as there to stay. */
const hopelessAfterMs = 60_000
/** How long after the end of its grace a pod may still be there before its node counts as lost. */
const overdueAfterMs = 15_000

export function kubernetesSight(facts: KubernetesFacts): Sight {
  const { job, now } = facts
  if (job === null) return { state: 'absent' }
  const pods = podsByIndex(facts.pods)
  const live = pods.filter((pod) => isLive(pod) && !isOverdue(pod, now))
  const going = live.filter((pod) => containerStateOf(pod)?.terminated == null)
  if (going.length > 0) return ofGoing(job, pods, going, facts)
  if (isStopped(job) && live.length === 0) return ended('stopped', '')
  // They know more than the Job, and earlier; but what the cluster took away is soon gone.
  const end = endOfPods(pods, job)
  if (end !== null) return end
  const finished = endOfJob(job)
  if (finished !== null) return finished
  if (job.spec.suspend === true) return ofSuspended(facts)
  return waiting(job, facts, 'the Job has no pod yet')
}

/** What the run waits for, if it waits: a pod that does not run yet, or the Job that has not made it. */
export function hindered({ job, pods }: KubernetesFacts): KubernetesJob | KubernetesPod | null {
  const newest = podsByIndex(pods)
  if (job === null || newest.length < (job.spec.completions ?? 1)) return job
  return newest.find((pod) => containerStateOf(pod)?.running == null) ?? job
}

/** Whether its Job is the run's, and not another's of the same name. */
export function isJobOf(job: KubernetesJob, name: string, directory: string): boolean {
  const { labels, annotations } = job.metadata
  return labels?.[runLabel] === name && annotations?.[directoryAnnotation] === directory
}

/** Whether a pod may still have a process somewhere. */
export function isLive({ status }: KubernetesPod): boolean {
  return status.phase !== 'Succeeded' && status.phase !== 'Failed'
}

/** Whether the Job was suspended by somebody else after its trainer had begun, as Kueue does to preempt. */
export function isPreemptedBySuspension({ job, pods, hasRun }: KubernetesFacts): boolean {
  return job?.spec.suspend === true && hasRun && !isStopped(job) && !pods.some(isLive)
}

/** Whether no further pod will come of the Job: it has ended or ends, or it is suspended. */
export function startsNoPod({ spec, status }: KubernetesJob): boolean {
  const final = ['Complete', 'Failed', 'SuccessCriteriaMet', 'FailureTarget']
  return spec.suspend === true || final.some((type) => conditionOf(status?.conditions, type) !== null)
}

function isStopped({ metadata }: KubernetesJob): boolean {
  return metadata.annotations?.[stoppedAnnotation] !== undefined
}

/** Its node should have ended it, and does not answer. */
function isOverdue({ metadata: { deletionTimestamp } }: KubernetesPod, now: Date): boolean {
  return deletionTimestamp != null && now.getTime() - Date.parse(deletionTimestamp) > overdueAfterMs
}

/** Some pods have not ended. The run runs when all its pods do, and until the last of them has ended. */
function ofGoing(
  job: KubernetesJob,
  pods: readonly KubernetesPod[],
  going: readonly KubernetesPod[],
  facts: KubernetesFacts,
): Sight {
  const nodes = job.spec.completions ?? 1
  const starts = going.map((pod) => containerStateOf(pod)?.running).filter((running) => running != null)
  const complete = starts.length === nodes || (starts.length > 0 && going.length < pods.length)
  if (complete) {
    const since = Math.max(...starts.map(({ startedAt }) => Date.parse(startedAt ?? facts.now.toISOString())))
    return { state: 'running', since: new Date(since) }
  }
  const missing = going.find((pod) => containerStateOf(pod)?.running == null)
  const one = missing === undefined ? waiting(job, facts, 'the Job has not made them yet') : ofPending(missing, facts)
  if (nodes === 1 || one.state !== 'waiting') return one
  return { ...one, reason: `${starts.length} of ${nodes} pods run; one that does not: ${one.reason}` }
}

function ofPending(pod: KubernetesPod, facts: KubernetesFacts): Sight {
  const state = containerStateOf(pod)
  const unscheduled = pod.status.conditions?.find(({ type, status }) => type === 'PodScheduled' && status === 'False')
  if (unscheduled !== undefined)
    return {
      state: 'waiting',
      reason: withRemedy(unscheduled.message ?? 'unschedulable'),
      queuePosition: null,
      hopeless: false,
    }
  const { reason, message } = state?.waiting ?? {}
  if (reason != null && refusals.has(reason)) {
    const lasts = lastsTooLong(
      warningsOf(pod, facts),
      pod.status.startTime ?? pod.metadata.creationTimestamp,
      facts.now,
    )
    const hopeless = reason === 'InvalidImageName' || lasts
    return { state: 'waiting', reason: withRemedy(joined(reason, message)), queuePosition: null, hopeless }
  }
  return waiting(pod, facts, pod.spec.nodeName == null ? 'the pod waits for a node' : 'the container is being created')
}

/** Why a kubelet does not start a container, beyond that it is at it. */
const refusals = new Set([
  'CreateContainerConfigError',
  'CreateContainerError',
  'ErrImageNeverPull',
  'ErrImagePull',
  'ImageInspectError',
  'ImagePullBackOff',
  'InvalidImageName',
  'RegistryUnavailable',
  'RunContainerError',
])

/** In the words of the newest warning, if there is one. */
function waiting(of: KubernetesJob | KubernetesPod, facts: KubernetesFacts, otherwise: string): Sight {
  const warnings = warningsOf(of, facts)
  const warning = warnings.at(-1)
  const reason = warning === undefined ? otherwise : joined(warning.reason, warning.message)
  // A quota may have room again, and a server that is asked may be back; what a rule refuses, it goes on refusing.
  const refused = warning?.reason === 'FailedCreate' && /forbidden|denied|invalid/.test(reason)
  const hopeless =
    refused && !/exceeded quota/.test(reason) && lastsTooLong(warnings, of.metadata.creationTimestamp, facts.now)
  return { state: 'waiting', reason: withRemedy(reason), queuePosition: null, hopeless }
}

/** Oldest first. */
function warningsOf({ metadata }: KubernetesJob | KubernetesPod, { events }: KubernetesFacts): KubernetesEvent[] {
  const time = ({ lastTimestamp, eventTime }: KubernetesEvent): number => Date.parse(lastTimestamp ?? eventTime ?? '')
  return events
    .filter(({ type, involvedObject }) => type === 'Warning' && involvedObject.uid === metadata.uid)
    .sort((a, b) => time(a) - time(b))
}

/** Since the first warning, or else since `begun`: it may have been in a queue or at a large image until then. */
function lastsTooLong(warnings: readonly KubernetesEvent[], begun: string, now: Date): boolean {
  const firsts = warnings.flatMap(({ firstTimestamp, eventTime }) => firstTimestamp ?? eventTime ?? [])
  const since = firsts.length === 0 ? Date.parse(begun) : Math.min(...firsts.map((time) => Date.parse(time)))
  return now.getTime() - since > hopelessAfterMs
}

function ofSuspended(facts: KubernetesFacts): Sight {
  if (isPreemptedBySuspension(facts)) return ended('preempted', 'the Job was suspended')
  const queue = facts.job?.metadata.labels?.['kueue.x-k8s.io/queue-name']
  const reason = queue === undefined ? 'the Job is suspended' : `the Job waits in the queue ${queue}`
  return { state: 'waiting', reason, queuePosition: null, hopeless: false }
}
