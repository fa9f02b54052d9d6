import type { Logger } from '@ratchet/ports/logger.ts'
import type { QueueConsumer, StageQueue } from '@ratchet/ports/stage-queue.ts'
import { openConsumer } from './open-consumer.ts'
import { openProducer } from './open-producer.ts'
import { createOutage } from './outage.ts'
import { createPostgresStore } from './postgres-store.ts'
import type { QueueStore } from './queue-store.ts'
import { createRedisStore } from './redis-store.ts'

export type StageQueueSettings = ({ readonly redisUrl: string } | { readonly databaseUrl: string }) & {
  /** Keeps installations apart that share a server. Default `ratchet`. */
  readonly prefix?: string
  readonly logger: Logger
}

/**
 * BullMQ on Redis, or on PostgreSQL, where it creates and keeps its own tables. Nothing but delivery is asked of it: no result,
 * no event, no retry. Throws a PortError when the server cannot be reached.
 */
export async function createStageQueue(settings: StageQueueSettings): Promise<StageQueue> {
  const { prefix = 'ratchet', logger } = settings
  return 'redisUrl' in settings
    ? await open(createRedisStore(settings.redisUrl, prefix), logger)
    : await open(createPostgresStore(settings.databaseUrl, prefix), logger)
}

const name = 'stages'

async function open<Connection>(store: QueueStore<Connection>, logger: Logger): Promise<StageQueue> {
  const producer = await openProducer(name, store, createOutage(logger, 'enqueues'))
  const consumers = new Set<QueueConsumer>()
  return {
    enqueue: (messages, { delaySeconds = 0 } = {}) => producer.enqueue(messages, Math.ceil(delaySeconds * 1000)),
    async consume(handle, { concurrency }) {
      const outage = createOutage(logger, 'consumes')
      const opened = await openConsumer(name, store, handle, { concurrency, logger, outage })
      const consumer: QueueConsumer = {
        async close() {
          await opened.close()
          consumers.delete(consumer)
        },
      }
      consumers.add(consumer)
      return consumer
    },
    async close() {
      await Promise.all([...consumers].map((consumer) => consumer.close()))
      await producer.close()
    },
  }
}
