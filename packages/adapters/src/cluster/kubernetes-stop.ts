import type { Clock } from '@ratchet/ports/clock.ts'
import { PortError } from '@ratchet/ports/port-error.ts'
import type { KubernetesClient } from './kubernetes-client.ts'
import { isMissing } from './kubernetes-failure.ts'
import { KubernetesJob, type KubernetesPod, KubernetesPodList } from './kubernetes-objects.ts'
import { isLive, startsNoPod } from './kubernetes-sight.ts'

/** How long a kubelet gets to say that a process ended, before its pod is struck off without it. */
const kubeletMs = 10_000
const pollMs = 300

/**
 * Sees to it that the Job never has a pod again, whoever resumes it: it is past its deadline as soon as it is active. Its pods are
 * asked to end. Kubernetes' own pause would do the same, but a Job that is suspended is never cleaned up, and can be resumed.
 */
export async function closeKubernetesJob(
  client: KubernetesClient,
  path: string,
  annotations: Readonly<Record<string, string>>,
): Promise<void> {
  const spec = { parallelism: 0, activeDeadlineSeconds: 0 }
  await client.text({ method: 'PATCH', path, body: { metadata: { annotations }, spec } })
}

export type JobToEnd = {
  readonly client: KubernetesClient
  readonly clock: Clock
  readonly jobPath: string
  readonly podsPath: string
  readonly uid: string
  readonly graceMs: number
}

/**
 * Returns when a closed Job's last pod is gone, and none can come: after `graceMs` pods get a second more, then they are struck off.
 * Throws PortError, to be tried again, when that takes too long.
 */
export async function awaitEndOfPods(ending: JobToEnd): Promise<void> {
  const { client, clock, graceMs, jobPath } = ending
  const begun = clock.now().getTime()
  let shortened = false
  let struckOff = false
  let last: unknown
  for (;;) {
    const passedMs = clock.now().getTime() - begun
    try {
      const live = (await podsOfJob(client, ending.podsPath, ending.uid)).filter(isLive)
      if (live.length === 0 && (await isQuiet(client, jobPath))) return
      if (!shortened && passedMs >= graceMs) {
        await remove(ending, live, 1)
        shortened = true
      }
      if (!struckOff && passedMs >= graceMs + kubeletMs) {
        await remove(ending, live, 0)
        struckOff = true
      }
    } catch (error) {
      if (!(error instanceof PortError) || !error.retryable) throw error
      last = error
    }
    if (passedMs > graceMs + 3 * kubeletMs)
      throw new PortError('Kubernetes does not end the pods of the run: see that its controllers are at work', {
        retryable: true,
        cause: last,
      })
    await clock.sleep(pollMs)
  }
}

/** Those that the Job made, oldest first. */
export async function podsOfJob(
  client: KubernetesClient,
  path: string,
  uid: string,
): Promise<readonly KubernetesPod[]> {
  const query = { labelSelector: `batch.kubernetes.io/controller-uid=${uid}` }
  const { items } = await client.ask({ path, query }, KubernetesPodList)
  return items.toSorted((a, b) => Date.parse(a.metadata.creationTimestamp) - Date.parse(b.metadata.creationTimestamp))
}

/** The controller may have begun to make a pod just before it saw that none is wanted. */
async function isQuiet(client: KubernetesClient, path: string): Promise<boolean> {
  try {
    return startsNoPod(await client.ask({ path }, KubernetesJob))
  } catch (error) {
    if (isMissing(error)) return true
    throw error
  }
}

async function remove({ client, podsPath }: JobToEnd, pods: readonly KubernetesPod[], graceSeconds: number) {
  for (const { metadata } of pods)
    try {
      const body = { gracePeriodSeconds: graceSeconds, preconditions: { uid: metadata.uid } }
      await client.text({ method: 'DELETE', path: `${podsPath}/${metadata.name}`, body })
    } catch (error) {
      if (!isMissing(error)) throw error
    }
}
