import { describeEventLog } from '@ratchet/ports/testing/event-log-contract.ts'
import { describeRoundStore, type RoundStoresUnderTest } from '@ratchet/ports/testing/round-store-contract.ts'
import { describeShardStore } from '@ratchet/ports/testing/shard-store-contract.ts'
import { createEventLog } from './event-log.ts'
import { createRoundStore } from './round-store.ts'
import { createShardStore } from './shard-store.ts'
import { createPostgresWorld } from './testing/postgres-world.ts'

async function make(): Promise<RoundStoresUnderTest> {
  const { pool, prisma, problemSetId, close } = await createPostgresWorld()
  return {
    rounds: createRoundStore(prisma),
    shards: createShardStore(pool),
    events: createEventLog(prisma),
    problemSetId,
    async pass(seconds) {
      const earlier = 'make_interval(secs => $1)'
      await pool.query(
        `UPDATE shards SET lease_until = lease_until - ${earlier}, look_again_at = look_again_at - ${earlier},
           waiting_since = waiting_since - ${earlier}`,
        [seconds],
      )
    },
    close,
  }
}

describeRoundStore('PostgreSQL', make)
describeShardStore('PostgreSQL', make)
describeEventLog('PostgreSQL', make)
