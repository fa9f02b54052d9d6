import { directoryAnnotation, runLabel, stoppedAnnotation } from './kubernetes-job.ts'
import { conditionOf, type KubernetesEvent, type KubernetesJob, type KubernetesPod } from './kubernetes-objects.ts'
import { withRemedy } from './kubernetes-remedy.ts'
import type { EndCause, Sight } from './scheduler.ts'

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
  const pod = facts.pods.at(-1) ?? null
  if (pod !== null && isLive(pod) && !isOverdue(pod, now)) return ofLive(pod, facts)
  if (isStopped(job)) return ended('stopped', '')
  // It knows more than the Job, and earlier; but what the cluster took away is soon gone.
  if (pod !== null) return ofEndedPod(pod)
  const finished = ofFinishedJob(job)
  if (finished !== null) return finished
  if (job.spec.suspend === true) return ofSuspended(facts)
  return waiting(job, facts, 'the Job has no pod yet')
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

function ofLive(pod: KubernetesPod, facts: KubernetesFacts): Sight {
  const state = pod.status.containerStatuses?.[0]?.state
  if (state?.running != null) return { state: 'running', since: new Date(state.running.startedAt ?? facts.now) }
  // The pod is about to say so too.
  if (state?.terminated != null) return ofEndedPod(pod)
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

type Ended = Extract<Sight, { state: 'ended' }>

function ended(cause: EndCause, detail: string): Ended {
  return { state: 'ended', cause, detail }
}

function ofFinishedJob({ status }: KubernetesJob): Ended | null {
  const conditions = status?.conditions
  if (conditionOf(conditions, 'Complete') ?? conditionOf(conditions, 'SuccessCriteriaMet')) return ended('exited', '')
  const failed = conditionOf(conditions, 'Failed') ?? conditionOf(conditions, 'FailureTarget')
  if (failed === null) return null
  if (failed.reason === 'PodFailurePolicy') return ended('preempted', failed.message ?? '')
  if (failed.reason === 'DeadlineExceeded') return ended('time-limit', '')
  return ended('exited', joined(failed.reason, failed.message))
}

function ofEndedPod({ status }: KubernetesPod): Ended {
  const { phase, reason, message, conditions } = status
  const disruption = conditionOf(conditions, 'DisruptionTarget')
  const terminated = status.containerStatuses?.[0]?.state?.terminated
  // Its memory or disk were wanted, which may well be its own doing: this counts, lest it go on for ever.
  if (reason === 'Evicted') return ended('exited', joined('its node evicted it', message))
  if (disruption !== null) {
    const lost = disruption.reason === 'DeletionByTaintManager' || disruption.reason === 'DeletionByPodGC'
    return ended(lost ? 'node-lost' : 'preempted', disruption.message ?? '')
  }
  if (reason === 'DeadlineExceeded') return ended('time-limit', '')
  if (terminated?.reason === 'ContainerStatusUnknown')
    return ended('node-lost', terminated.message ?? 'the node does not know its container any more')
  if (terminated != null) return ended(...ofTerminated(terminated))
  if (phase === 'Failed') return ended('exited', joined(reason, message))
  return phase === 'Succeeded' ? ended('exited', '') : ended('node-lost', 'its node does not end it')
}

type Terminated = { exitCode: number; reason?: string | null | undefined; message?: string | null | undefined }

function ofTerminated({ exitCode, reason, message }: Terminated): [EndCause, string] {
  if (reason === 'StartError' || reason === 'ContainerCannotRun') return ['impossible', message ?? reason]
  if (reason === 'OOMKilled') return ['exited', 'it was killed for using more memory than it may: raise memory']
  if (exitCode === 0) return ['exited', '']
  return ['exited', exitCode > 128 ? `signal ${exitCode - 128}` : `exit code ${exitCode}`]
}

function joined(...words: readonly (string | null | undefined)[]): string {
  return words.filter((word) => word != null && word !== '').join(': ')
}
