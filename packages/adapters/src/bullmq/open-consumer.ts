import { setTimeout as sleep } from 'node:timers/promises'
import type { Logger } from '@ratchet/ports/logger.ts'
import { PortError } from '@ratchet/ports/port-error.ts'
import type { StageMessage as Message, QueueConsumer } from '@ratchet/ports/stage-queue.ts'
import { type Job, type WorkerOptions, withBackend } from 'bullmq'
import type { Outage } from './outage.ts'
import { patientBackend } from './patient-backend.ts'
import { patienceMs, type QueueStore } from './queue-store.ts'
import { StageMessage } from './stage-message.ts'
import { untilReady } from './until-ready.ts'

/** Connects and begins to hand messages to `handle`, or throws a PortError. */
export async function openConsumer<Connection>(
  name: string,
  store: QueueStore<Connection>,
  handle: (message: Message) => Promise<void>,
  { concurrency, logger, outage }: { concurrency: number; logger: Logger; outage: Outage },
): Promise<QueueConsumer> {
  const handling = new Set<Promise<void>>()
  const take = async (job: Pick<Job, 'id' | 'data' | 'removeDeduplicationKey'>) => {
    // From now on the message waits no more: who enqueues it again is heard.
    await job.removeDeduplicationKey()
    const handled = deliver(job, handle, logger)
    handling.add(handled)
    await handled.finally(() => handling.delete(handled))
  }
  const options: WorkerOptions<Connection> = {
    connection: store.consumer,
    ...(store.keyPrefix === null ? {} : { prefix: store.keyPrefix }),
    concurrency,
    autorun: false,
    // A message whose process died is delivered again, however often. The lock outlasts a blocked event loop.
    lockDuration: 60_000,
    stalledInterval: 30_000,
    maxStalledCount: 1_000_000,
    runRetryDelay: 1000,
    drainDelay: 5,
  }
  class StageWorker extends withBackend(patientBackend(store, outage)).Worker {
    /** Ends without telling the store anything. */
    async abandon(): Promise<void> {
      await this.pause(true)
      await this.lockManager.close()
      await this.backend.close(true)
    }
  }
  const worker = new StageWorker(name, take, options)
  const lost = (error: Error) => {
    if (isOfGoneMessage(error)) logger.debug({ reason: error.message }, 'a message was gone when its handler ended')
    else outage.begin(store.reason(error))
  }
  worker.on('error', lost)
  try {
    await untilReady(worker)
  } catch (error) {
    await worker.close(true)
    const message = `the queue on ${store.server} cannot be reached: ${store.reason(error)}`
    throw new PortError(message, { retryable: !store.isPermanent(error) })
  }
  worker.run().catch(lost)

  return {
    /** A closing worker reports what it handled, for which an unreachable store would let it wait for ever. */
    async close() {
      const closed = worker.close().then(() => true)
      const handled = async (): Promise<boolean> => {
        do {
          await Promise.allSettled(handling)
          await sleep(patienceMs, undefined, { ref: false })
        } while (handling.size > 0)
        return false
      }
      if (!(await Promise.race([closed, handled()]))) await worker.abandon()
    },
  }
}

async function deliver(
  job: Pick<Job, 'id' | 'data'>,
  handle: (message: Message) => Promise<void>,
  logger: Logger,
): Promise<void> {
  const parsed = StageMessage.safeParse(job.data)
  if (!parsed.success) return logger.warn({ job: job.id }, 'what the queue delivered is no message of this version')
  try {
    await handle(parsed.data)
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    logger.error({ ...parsed.data, reason }, 'a handler threw: its message is lost until the reconcile')
  }
}

/** The store was emptied meanwhile, or another consumer took the message for that of a dead one. Either way it was handled. */
function isOfGoneMessage(error: Error): boolean {
  return ('code' in error && typeof error.code === 'number') || error.message.startsWith('could not renew lock')
}
