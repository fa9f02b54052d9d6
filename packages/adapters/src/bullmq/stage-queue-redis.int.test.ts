import { describe, expect, test } from '@jest/globals'
import { describeStageQueue } from '@ratchet/ports/testing/stage-queue-contract.ts'
import { Redis } from 'ioredis'
import { createStageQueue } from './stage-queue.ts'
import { describeOutage } from './testing/describe-outage.ts'
import { createQueuesUnderTest, silent } from './testing/queues-under-test.ts'

const redisUrl = process.env['REDIS_URL_TEST'] ?? ''

/** What FLUSHALL would do to one test. */
async function forget(prefix: string): Promise<void> {
  const redis = new Redis(redisUrl)
  const keys = await redis.keys(`${prefix}:*`)
  if (keys.length > 0) await redis.del(keys)
  await redis.quit()
}

if (redisUrl === '') {
  describe.skip('BullMQ on Redis (skipped: REDIS_URL_TEST names no server; see tools/services/redis.mjs)', () => {
    test('is a StageQueue', () => {})
  })
} else {
  let stores = 0
  const run = `test-${process.pid}-${Date.now()}`

  describeStageQueue('BullMQ on Redis', async () => {
    stores += 1
    const prefix = `${run}-${stores}`
    const empty = () => forget(prefix)
    return createQueuesUnderTest({ redisUrl }, prefix, { empty, close: empty })
  })

  describe('BullMQ on Redis', () => {
    test('refuses for good, and without the password, what nobody but an operator can mend', async () => {
      const url = new URL(redisUrl)
      url.password = 'wrong-secret'
      const refused = createStageQueue({ redisUrl: url.toString(), logger: silent })
      await expect(refused).rejects.toMatchObject({ name: 'PortError', retryable: false })
      await expect(refused).rejects.toThrow(/^(?!.*secret)/)
      await expect(createStageQueue({ redisUrl: 'http://:secret@h', logger: silent })).rejects.toThrow(/^(?!.*secret)/)
    })

    describeOutage(
      () => redisUrl,
      (address) => ({ redisUrl: address }),
      `${run}-outage`,
    )
  })
}
