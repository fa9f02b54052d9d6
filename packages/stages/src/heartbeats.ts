import { ClaimLost } from '@ratchet/ports/round-store.ts'
import { plainReason } from './plain-reason.ts'
import type { World } from './world.ts'

/** Beats until ended; a claim that is lost stops the run with that reason. Other failures are only logged. */
export function heartbeats(
  world: World,
  beat: () => Promise<void>,
  everySeconds: number,
  stop: AbortController,
): { end: () => void } {
  const ended = new AbortController()
  const loop = async (): Promise<void> => {
    for (;;) {
      await world.clock.sleep(everySeconds * 1000, ended.signal)
      try {
        await beat()
      } catch (error) {
        if (error instanceof ClaimLost) return stop.abort(error)
        world.logger.warn({ reason: plainReason(error) }, 'a heartbeat failed')
      }
    }
  }
  loop().catch(() => {})
  return { end: () => ended.abort() }
}
