import type { Trajectory } from '@ratchet/domain/trajectory.ts'
import type { ShardClaim } from '@ratchet/ports/round-store.ts'
import { attempt } from '@ratchet/ports/testing/attempt.ts'
import { newIteration } from '@ratchet/ports/testing/new-iteration.ts'
import { connectDatabase, type Database } from '../connect.ts'
import { createProblemStore } from '../problem-store.ts'
import { createRoundStore } from '../round-store.ts'
import { createShardStore } from '../shard-store.ts'
import { createTestDatabase } from './test-database.ts'

export type PostgresWorld = Database & { readonly url: string; readonly problemSetId: string }

/** A test database with one problem set of one problem. */
export async function createPostgresWorld(): Promise<PostgresWorld> {
  const { url, drop } = await createTestDatabase()
  const database = connectDatabase({ url })
  const problem = { id: 'p', prompt: 'What is 1 + 1?', verification: { kind: 'exact' as const, gold: ['2'] } }
  const { id: problemSetId } = await createProblemStore(database.pool).create('sums', [problem])
  return {
    ...database,
    url,
    problemSetId,
    async close() {
      await database.close()
      await drop()
    },
  }
}

/** Creates the iteration `id` and claims the only shard of its round 0's exploration. */
export async function claimOnlyShard(world: PostgresWorld, id: string): Promise<ShardClaim> {
  const shards = createShardStore(world.pool)
  await createRoundStore(world.prisma).createIteration(newIteration(id, world.problemSetId))
  await shards.plan(`${id}-r0`, 'explore', [null])
  const claimed = await shards.claim(`${id}-r0`, 'explore', 0, 'worker', 60)
  if (claimed === null) throw new Error('there was nothing to claim')
  return claimed.claim
}

/** A correct attempt at problem `p` without its text, with differences. */
export function trajectoryOf(roundId: string, problemSetId: string, difference: Partial<Trajectory> = {}): Trajectory {
  const { text: _text, ...trajectory } = attempt(roundId, problemSetId, difference)
  return trajectory
}
