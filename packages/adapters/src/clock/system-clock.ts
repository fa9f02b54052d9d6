import { setTimeout as sleep } from 'node:timers/promises'
import type { Clock } from '@ratchet/ports/clock.ts'

export function createSystemClock(): Clock {
  return {
    now: () => new Date(),
    sleep: async (ms, signal) => {
      try {
        await sleep(ms, undefined, signal === undefined ? {} : { signal })
      } catch (error) {
        throw signal?.aborted === true ? signal.reason : error
      }
    },
  }
}
