import { type Ended, endOfJob, endOfPod, joined } from './kubernetes-end.ts'
import { containerStateOf, type KubernetesJob, type KubernetesPod } from './kubernetes-objects.ts'
import type { EndCause } from './scheduler.ts'

const indexKey = 'batch.kubernetes.io/job-completion-index'

/** The pod's number among the run's, from 0. */
export function indexOf({ metadata: { labels, annotations } }: KubernetesPod): number {
  return Number(annotations?.[indexKey] ?? labels?.[indexKey] ?? 0)
}

/** The newest pod of each number, in their order; `pods` has the oldest first. */
export function podsByIndex(pods: readonly KubernetesPod[]): readonly KubernetesPod[] {
  const newest = new Map(pods.map((pod) => [indexOf(pod), pod]))
  return [...newest].sort(([a], [b]) => a - b).map(([, pod]) => pod)
}

/** What took a pod away makes the others fail, often before it is known itself, so it is told first. */
const tellingFirst: readonly EndCause[] = [
  'impossible',
  'node-lost',
  'preempted',
  'no-room',
  'time-limit',
  'stopped',
  'exited',
]

/** Why pods that have all ended did, by the one that began it. Null when there are none. */
export function endOfPods(pods: readonly KubernetesPod[], job: KubernetesJob): Ended | null {
  const [only] = pods
  if (only === undefined) return null
  const nodes = job.spec.completions ?? 1
  if (nodes === 1) return endOfPod(only)
  const ends = pods.toSorted(byEnd).map((pod) => named(pod, endOfPod(pod)))
  // A pod that was taken away may be gone, and then the Job alone knows of it.
  const ofJob = pods.length < nodes ? endOfJob(job) : null
  const all = ofJob === null ? ends : [...ends, ofJob]
  return all.toSorted((a, b) => rank(a) - rank(b))[0] ?? null
}

/** The pod that tells most about the run: the first that failed, or else the main one. */
export function mostTelling(pods: readonly KubernetesPod[]): KubernetesPod | undefined {
  return pods.filter((pod) => exitCodeOf(pod) !== null && exitCodeOf(pod) !== 0).toSorted(byEnd)[0] ?? pods[0]
}

function named(pod: KubernetesPod, end: Ended): Ended {
  return end.detail === '' ? end : { ...end, detail: joined(`pod ${indexOf(pod)}`, end.detail) }
}

function rank({ cause, detail }: Ended): number {
  return tellingFirst.indexOf(cause) + (detail === '' ? 0.5 : 0)
}

function exitCodeOf(pod: KubernetesPod): number | null {
  return containerStateOf(pod)?.terminated?.exitCode ?? null
}

function byEnd(a: KubernetesPod, b: KubernetesPod): number {
  return endedAt(a) - endedAt(b)
}

function endedAt(pod: KubernetesPod): number {
  const finishedAt = containerStateOf(pod)?.terminated?.finishedAt
  return finishedAt == null ? Number.MAX_SAFE_INTEGER : Date.parse(finishedAt)
}
