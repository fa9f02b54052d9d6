import { setTimeout as sleep } from 'node:timers/promises'
import type { BackendFactory, IQueueBackend } from 'bullmq'
import type { Outage } from './outage.ts'
import type { QueueStore } from './queue-store.ts'

/**
 * The backend of a store for a worker, which asks for the next message again at once after every failure: this one first takes
 * breath, or creates what the store lacks.
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
        const mended = store.lacks(error) && (await store.prepare().then(yes, no))
        if (!mended) await sleep(1000)
        throw error
      }
    }
    return backend
  }
}

const yes = () => true
const no = () => false
