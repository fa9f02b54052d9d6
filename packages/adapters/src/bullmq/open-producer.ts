import { randomUUID } from 'node:crypto'
import { PortError } from '@ratchet/ports/port-error.ts'
import type { StageMessage } from '@ratchet/ports/stage-queue.ts'
import { type BulkJobOptions, type Job, Queue } from 'bullmq'
import type { Outage } from './outage.ts'
import type { QueueStore } from './queue-store.ts'
import { waitingKey } from './stage-message.ts'
import { untilReady } from './until-ready.ts'

export type Producer = {
  enqueue(messages: readonly StageMessage[], delayMs: number): Promise<void>
  close(): Promise<void>
}

/** Messages in one round trip. */
const chunkSize = 500

/** Prepares the store and connects, or throws a PortError. */
export async function openProducer<Connection>(
  name: string,
  store: QueueStore<Connection>,
  outage: Outage,
): Promise<Producer> {
  /** Tries once more what can be mended, and throws a PortError for the rest. */
  const reaching = async <Result>(work: () => Promise<Result>): Promise<Result> => {
    try {
      const result = await work().catch(async (error: unknown) => {
        if (await store.mend(error)) return await work()
        throw error
      })
      outage.end()
      return result
    } catch (error) {
      outage.begin(store.reason(error))
      // No cause: a client's error may carry the command, and that the password.
      const message = `the queue on ${store.server} cannot be reached: ${store.reason(error)}`
      throw new PortError(message, { retryable: !store.isPermanent(error) })
    }
  }

  const queue = await reaching(async () => {
    await store.prepare()
    return await connect(name, store)
  })
  queue.on('error', (error) => outage.begin(store.reason(error)))
  return {
    async enqueue(messages, delayMs) {
      for (let start = 0; start < messages.length; start += chunkSize) {
        const chunk = messages.slice(start, start + chunkSize)
        await reaching<unknown>(() => (delayMs > 0 ? addDelayed(queue, chunk, delayMs) : add(queue, chunk, 0, true)))
      }
    },
    // By force, since a polite one fails while the store is away; nobody enqueues any more.
    close: () => queue.getBackend().close(true),
  }
}

async function connect<Connection>(name: string, store: QueueStore<Connection>) {
  const queue = new Queue(
    name,
    {
      connection: store.producer,
      ...(store.keyPrefix === null ? {} : { prefix: store.keyPrefix }),
      // Attempts are for BullMQ's own failures, before a handler has the message.
      defaultJobOptions: { attempts: 3, removeOnComplete: true, removeOnFail: true },
      // Nobody reads the events.
      streams: { events: { maxLen: 100 } },
    },
    store.createBackend,
  )
  try {
    await untilReady(queue)
  } catch (error) {
    queue.on('error', () => {})
    await queue.getBackend().close(true)
    throw error
  }
  return queue
}

/**
 * A message that waits holds its key, until a consumer releases it just before it hands the message over. With `replacing`,
 * a holder that is delayed gives way. Answers with the ids of the jobs that were there before, null for each that is new.
 */
async function add(
  queue: Pick<Queue, 'addBulk'>,
  messages: readonly StageMessage[],
  delay: number,
  replacing: boolean,
): Promise<(string | null)[]> {
  const ids = messages.map(() => randomUUID())
  const jobs = messages.map((message, index) => {
    const deduplication = { id: waitingKey(message), ...(replacing ? { replace: true } : {}) }
    // Ids of our own, since a store that was emptied would count from 1 again and meet the ids of running jobs.
    const opts: BulkJobOptions = { jobId: ids[index] ?? randomUUID(), delay, deduplication }
    return { name: message.kind, data: message, opts }
  })
  const added = await queue.addBulk(jobs)
  return added.map(({ id }, index) => (id === undefined || id === ids[index] ? null : id))
}

/** Leaves what waits for an earlier time as it is, and replaces what waits for a later one. */
async function addDelayed(
  queue: Pick<Queue, 'addBulk' | 'getJob'>,
  messages: readonly StageMessage[],
  delayMs: number,
): Promise<void> {
  const dueMs = Date.now() + delayMs
  const before = await add(queue, messages, delayMs, false)
  for (const [index, message] of messages.entries()) {
    const id = before[index] ?? null
    const job: Pick<Job, 'timestamp' | 'delay'> | undefined = id === null ? undefined : await queue.getJob(id)
    if (job !== undefined && job.timestamp + job.delay > dueMs) await add(queue, [message], delayMs, true)
  }
}
