import { describeEventLog } from '@ratchet/ports/testing/event-log-contract.ts'
import { describeRoundStore, type RoundStoresUnderTest } from '@ratchet/ports/testing/round-store-contract.ts'
import { describeShardStore } from '@ratchet/ports/testing/shard-store-contract.ts'
import { connectDatabase } from './connect.ts'
import { createEventLog } from './event-log.ts'
import { createProblemStore } from './problem-store.ts'
import { createRoundStore } from './round-store.ts'
import { createShardStore } from './shard-store.ts'
import { createTestDatabase } from './testing/test-database.ts'

async function make(): Promise<RoundStoresUnderTest> {
  const { url, drop } = await createTestDatabase()
  const { pool, prisma, close } = connectDatabase({ url })
  const problem = { id: 'p', prompt: 'What is 1 + 1?', verification: { kind: 'exact' as const, gold: ['2'] } }
  const { id: problemSetId } = await createProblemStore(pool).create('contract', [problem])
  return {
    rounds: createRoundStore(prisma),
    shards: createShardStore(pool),
    events: createEventLog(prisma),
    problemSetId,
    async pass(seconds) {
      const earlier = 'make_interval(secs => $1)'
      await pool.query(
        `UPDATE shards SET lease_until = lease_until - ${earlier}, look_again_at = look_again_at - ${earlier}`,
        [seconds],
      )
    },
    async close() {
      await close()
      await drop()
    },
  }
}

describeRoundStore('PostgreSQL', make)
describeShardStore('PostgreSQL', make)
describeEventLog('PostgreSQL', make)
