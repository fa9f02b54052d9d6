import type { Round } from '@ratchet/ports/round-store.ts'

/** Why a round has no training job on record, and what to look at or wait for. */
export function untrained({ state, reason }: Pick<Round, 'state' | 'reason'>): string {
  switch (state) {
    case 'failed':
      return `the round failed before the cluster had taken one: ${reason ?? 'it gave no reason'}`
    case 'cancelled':
      return 'the round was cancelled before the cluster had taken one'
    case 'train':
      return 'the cluster has not taken one yet; the reason of the shard of the stage train says what it waits for'
    default:
      return 'it begins with the stage train of the round'
  }
}
