import { type ConnectionOptions, createRedisBackend } from 'bullmq'
import { plainReason } from './plain-reason.ts'
import { patienceMs, type QueueStore } from './queue-store.ts'

/** A queue on Redis. Throws, without repeating the URL (it holds a password), when it is none. */
export function createRedisStore(url: string, prefix: string): QueueStore<ConnectionOptions> {
  if (!URL.canParse(url) || !/^rediss?:$/.test(new URL(url).protocol))
    throw new Error('the Redis URL is not of the form redis://user:password@host:port/database')
  const retryStrategy = (times: number) => Math.min(2000, 100 * 2 ** times)
  const connection = { url, connectTimeout: patienceMs, retryStrategy }
  return {
    server: 'Redis',
    createBackend: createRedisBackend,
    keyPrefix: prefix,
    producer: { ...connection, maxRetriesPerRequest: 0, enableOfflineQueue: false, commandTimeout: patienceMs },
    consumer: { ...connection, maxRetriesPerRequest: null },
    prepare: async () => {},
    mend: async () => false,
    reason: (error) => plainReason(error, url).replace(/^Stream isn't writeable.*/, 'not connected'),
    isPermanent: (error) => error instanceof Error && /^(WRONGPASS|NOAUTH|NOPERM)\b/.test(error.message),
  }
}
