import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describeReverificationStore } from '@ratchet/ports/testing/reverification-store-contract.ts'
import { createDirectoryStore } from '../object-store/directory.ts'
import { createTrajectoryStore } from '../trajectory-store/trajectory-store.ts'
import { createEventLog } from './event-log.ts'
import { createReverificationStore } from './reverification-store.ts'
import { createRoundStore } from './round-store.ts'
import { createShardStore } from './shard-store.ts'
import { createPostgresWorld } from './testing/postgres-world.ts'
import { createTrajectoryIndex } from './trajectory-index.ts'

describeReverificationStore('PostgreSQL', async () => {
  const { pool, prisma, problemSetId, close } = await createPostgresWorld()
  const directory = mkdtempSync(join(tmpdir(), 'ratchet-reverifications-'))
  const objects = createDirectoryStore({ directory })
  return {
    rounds: createRoundStore(prisma),
    shards: createShardStore(pool),
    events: createEventLog(prisma),
    trajectories: createTrajectoryStore({ index: createTrajectoryIndex(pool), objects }),
    reverifications: createReverificationStore(pool),
    problemSetId,
    async pass(seconds) {
      const earlier = 'make_interval(secs => $1)'
      await pool.query(
        `UPDATE reverifications SET lease_until = lease_until - ${earlier}, look_again_at = look_again_at - ${earlier}`,
        [seconds],
      )
    },
    async close() {
      await close()
      rmSync(directory, { recursive: true })
    },
  }
})
