import type { Clock } from '@ratchet/ports/clock.ts'
import { isForGood } from './is-for-good.ts'
import { plainReason } from './plain-reason.ts'

/** `unknown`: the cluster cannot be asked now, or cannot place such a job now. */
export type ClusterAnswer =
  | { readonly kind: 'takes' }
  | { readonly kind: 'refuses'; readonly reason: string }
  | { readonly kind: 'unknown'; readonly reason: string }

const limitSeconds = 30

/** What a check says of whether a cluster would take a job, after 30 s at most. Never throws. */
export async function askCluster(check: () => Promise<void>, clock: Clock): Promise<ClusterAnswer> {
  const answered = new AbortController()
  const late = async (): Promise<ClusterAnswer> => {
    await clock.sleep(limitSeconds * 1000, answered.signal).catch(() => {})
    return { kind: 'unknown', reason: `it has not answered within ${limitSeconds} s` }
  }
  try {
    return await Promise.race([answerOf(check), late()])
  } finally {
    answered.abort()
  }
}

async function answerOf(check: () => Promise<void>): Promise<ClusterAnswer> {
  try {
    await check()
    return { kind: 'takes' }
  } catch (error) {
    return { kind: isForGood(error) ? 'refuses' : 'unknown', reason: plainReason(error) }
  }
}
