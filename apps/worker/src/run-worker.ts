import { hostname } from 'node:os'
import { handleMessage } from '@ratchet/stages/handle-message.ts'
import { plainReason } from '@ratchet/stages/plain-reason.ts'
import { reconcile } from '@ratchet/stages/reconcile.ts'
import type { World } from '@ratchet/stages/world.ts'

export type RunningWorker = {
  /** Gives the claims back and waits for what is being handled. */
  close(): Promise<void>
}

/** Consumes the queue and reconciles every few seconds, until closed. */
export async function runWorker(
  world: World,
  settings: { readonly concurrency: number; readonly leaseSeconds?: number; readonly reconcileSeconds?: number },
): Promise<RunningWorker> {
  const shutdown = new AbortController()
  const worker = {
    owner: `${hostname()}/${process.pid}`,
    shutdown: shutdown.signal,
    leaseSeconds: settings.leaseSeconds ?? 15,
    heartbeatSeconds: (settings.leaseSeconds ?? 15) / 5,
  }
  const consumer = await world.queue.consume(
    async (message) => {
      if (shutdown.signal.aborted) return
      try {
        await handleMessage(world, message, worker)
      } catch (error) {
        world.logger.error({ ...message, reason: plainReason(error) }, 'a message could not be handled')
      }
    },
    { concurrency: settings.concurrency },
  )
  const reconciling = reconcileForEver(world, settings.reconcileSeconds ?? 5, shutdown.signal)
  return {
    close: async () => {
      shutdown.abort(new Error('the worker shuts down'))
      await consumer.close()
      await reconciling
    },
  }
}

async function reconcileForEver(world: World, everySeconds: number, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    try {
      await reconcile(world)
    } catch (error) {
      world.logger.error({ reason: plainReason(error) }, 'the reconcile failed')
    }
    await world.clock.sleep(everySeconds * 1000, signal).catch(() => {})
  }
}
