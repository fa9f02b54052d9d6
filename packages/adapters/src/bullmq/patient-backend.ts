import { setTimeout as sleep } from 'node:timers/promises'
import type { BackendFactory, IQueueBackend } from 'bullmq'
import type { Outage } from './outage.ts'
import type { QueueStore } from './queue-store.ts'

/**
 * The backend of a store for a worker, which asks for the next message again at once after every failure: this one first mends
 * the store, or takes breath.
 */
export function patientBackend<Connection>(
  store: QueueStore<Connection>,
  outage: Outage,
): BackendFactory<IQueueBackend, Connection> {
  return (...args) => {
    const backend = store.createBackend(...args)
    const moveToActive = backend.moveToActive.bind(backend)
    backend.moveToActive = async (...of) => {
      try {
        const next = await moveToActive(...of)
        outage.end()
        return next
      } catch (error) {
        if (await store.mend(error).catch(() => false)) return await moveToActive(...of)
        await sleep(1000)
        throw error
      }
    }
    return backend
  }
}
