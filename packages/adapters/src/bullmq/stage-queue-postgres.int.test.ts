import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import type { StageMessage } from '@ratchet/ports/stage-queue.ts'
import { describeStageQueue } from '@ratchet/ports/testing/stage-queue-contract.ts'
import { errorCode } from '../embedded/error-code.ts'
import { createTestDatabase, type TestDatabase } from '../postgres/testing/test-database.ts'
import { createStageQueue } from './stage-queue.ts'
import { describeOutage } from './testing/describe-outage.ts'
import { createQueuesUnderTest, silent } from './testing/queues-under-test.ts'

let database: TestDatabase
let stores = 0
beforeAll(async () => {
  database = await createTestDatabase()
})
afterAll(() => database.drop())

/** Tries again when consumers at work and it lock each other out. */
async function drop(prefix: string): Promise<void> {
  for (;;) {
    try {
      await database.pool.query(`DROP SCHEMA IF EXISTS ${prefix}_queue CASCADE`)
      return
    } catch (error) {
      if (errorCode(error) !== '40P01') throw error
    }
  }
}

describeStageQueue('BullMQ on PostgreSQL', async () => {
  stores += 1
  const prefix = `store_${stores}`
  const empty = () => drop(prefix)
  return createQueuesUnderTest({ databaseUrl: database.url }, prefix, { empty, close: empty })
})

describe('BullMQ on PostgreSQL', () => {
  const messages: StageMessage[] = [{ kind: 'advance-round', roundId: 'r' }]

  test('takes messages again whose rows were deleted', async () => {
    const queue = await createStageQueue({ databaseUrl: database.url, prefix: 'deleted', logger: silent })
    await queue.enqueue(messages)
    await database.pool.query('TRUNCATE deleted_queue.job CASCADE')
    await queue.enqueue(messages)
    await new Promise<void>((taken) => queue.consume(async () => taken(), { concurrency: 1 }))
    await queue.close()
  })

  test('drops what is no message, and goes on', async () => {
    const queue = await createStageQueue({ databaseUrl: database.url, prefix: 'strange', logger: silent })
    await queue.enqueue([...messages, { kind: 'advance-round', roundId: 's' }])
    await database.pool.query(`UPDATE strange_queue.job SET data = '{"kind": "other"}' WHERE data->>'roundId' = 'r'`)
    const delivered = await new Promise((taken) => queue.consume(async (message) => taken(message), { concurrency: 1 }))
    expect(delivered).toEqual({ kind: 'advance-round', roundId: 's' })
    await queue.close()
  })

  test('keeps the queues of the schemas of one database apart', async () => {
    const url = new URL(database.url)
    url.searchParams.set('schema', 'other')
    const queues = [database.url, url.toString()].map((databaseUrl) =>
      createStageQueue({ databaseUrl, prefix: 'apart', logger: silent }),
    )
    const [one, other] = await Promise.all(queues)
    await one?.enqueue(messages)
    const { rows } = await database.pool.query(
      'SELECT (SELECT count(*) FROM apart_queue.job) AS one, (SELECT count(*) FROM apart_other_queue.job) AS other',
    )
    expect(rows).toEqual([{ one: '1', other: '0' }])
    await Promise.all([one?.close(), other?.close()])
  })

  test('refuses for good, and without the password, what nobody but an operator can mend', async () => {
    const url = new URL(database.url)
    url.pathname = '/no_such_database'
    const refused = createStageQueue({ databaseUrl: url.toString(), logger: silent })
    await expect(refused).rejects.toMatchObject({ name: 'PortError', retryable: false })
    await expect(createStageQueue({ databaseUrl: 'mysql://u:secret@h/d', logger: silent })).rejects.toThrow(
      /^(?!.*secret)/,
    )
  })

  describeOutage(
    () => database.url,
    (databaseUrl) => ({ databaseUrl }),
    'outage',
  )
})
