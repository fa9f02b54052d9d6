import type { Clock } from '@ratchet/ports/clock.ts'
import type { Cluster, JobOutline } from '@ratchet/ports/cluster.ts'
import { isForGood } from './is-for-good.ts'
import { plainReason } from './plain-reason.ts'

/** `unknown`: the cluster cannot be asked now, or cannot place such a job now. */
export type ClusterAnswer =
  | { readonly kind: 'takes' }
  | { readonly kind: 'refuses'; readonly reason: string }
  | { readonly kind: 'unknown'; readonly reason: string }

const limitSeconds = 30

/** Whether a cluster would take such a job, after 30 s at most. Starts nothing and never throws. */
export async function askCluster(open: () => Promise<Cluster>, job: JobOutline, clock: Clock): Promise<ClusterAnswer> {
  const answered = new AbortController()
  const late = async (): Promise<ClusterAnswer> => {
    await clock.sleep(limitSeconds * 1000, answered.signal).catch(() => {})
    return { kind: 'unknown', reason: `it has not answered within ${limitSeconds} s` }
  }
  try {
    return await Promise.race([answerOf(open, job), late()])
  } finally {
    answered.abort()
  }
}

async function answerOf(open: () => Promise<Cluster>, job: JobOutline): Promise<ClusterAnswer> {
  try {
    await (await open()).check(job)
    return { kind: 'takes' }
  } catch (error) {
    return { kind: isForGood(error) ? 'refuses' : 'unknown', reason: plainReason(error) }
  }
}
