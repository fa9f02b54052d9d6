import { assertNever } from '@ratchet/domain/assert-never.ts'
import { StageName } from '@ratchet/domain/round/stage-name.ts'
import {
  ClaimLost,
  type Shard,
  type ShardClaim,
  type ShardOutcome,
  type ShardStore,
} from '@ratchet/ports/round-store.ts'
import type { Pool } from 'pg'
import { z } from 'zod'
import { inTransaction } from './in-transaction.ts'
import { storableJson, storableText, storableTextOrNull } from './storable.ts'

/** Shards in PostgreSQL. All times are the database's: workers' clocks play no part. */
export function createShardStore(pool: Pool): ShardStore {
  return {
    async plan(roundId, stage, inputs) {
      return await inTransaction(pool, async (client) => {
        const { rowCount } = await client.query(
          'INSERT INTO stages (round_id, stage, shards) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING',
          [roundId, stage, inputs.length],
        )
        if (rowCount === 0) return false
        await client.query(
          `INSERT INTO shards (round_id, stage, shard_index, input)
           SELECT $1, $2, input.index - 1, input.value FROM jsonb_array_elements($3::jsonb) WITH ORDINALITY AS input (value, index)`,
          [roundId, stage, storableJson(inputs)],
        )
        return true
      })
    },

    async shards(roundId, stage) {
      const { rows } = await pool.query(
        `SELECT h.* FROM stages s LEFT JOIN shards h ON h.round_id = s.round_id AND h.stage = s.stage
         WHERE s.round_id = $1 AND s.stage = $2 ORDER BY h.shard_index`,
        [roundId, stage],
      )
      if (rows.length === 0) return null
      return rows.filter((row) => row.shard_index !== null).map((row) => toShard(ShardRow.parse(row)))
    },

    async claim(roundId, stage, index, owner, leaseSeconds) {
      const { rows } = await pool.query<{ claim: number; input: unknown; failures: number; waited: number }>(
        `UPDATE shards SET
           status = 'claimed', claim = claim + 1, owner = $4, lease_until = now() + make_interval(secs => $5), look_again_at = NULL,
           failures = failures + (status = 'claimed')::int,
           waiting_since = CASE WHEN status = 'claimed' THEN NULL ELSE waiting_since END,
           reason = CASE WHEN status = 'claimed' THEN 'the lease of ' || owner || ' ran out' ELSE reason END,
           started_at = COALESCE(started_at, now())
         WHERE round_id = $1 AND stage = $2 AND shard_index = $3 AND (
           (status IN ('pending', 'waiting') AND (look_again_at IS NULL OR look_again_at <= now()))
           OR (status = 'claimed' AND lease_until <= now()))
         RETURNING claim, input, failures, COALESCE(EXTRACT(EPOCH FROM now() - waiting_since), 0)::float8 AS waited`,
        [roundId, stage, index, owner, leaseSeconds],
      )
      const row = rows[0]
      if (row === undefined) return null
      const { claim, input, failures, waited } = row
      return { claim: { roundId, stage, index, claim }, input, failures, waitedSeconds: waited }
    },

    async heartbeat(claim, leaseSeconds, progress) {
      const { rowCount } = await pool.query(
        `UPDATE shards SET lease_until = now() + make_interval(secs => $5), progress = COALESCE($6::jsonb, progress)
         WHERE ${held}`,
        [...keyOf(claim), leaseSeconds, progress === null ? null : storableJson(progress)],
      )
      if (rowCount === 0) throw new ClaimLost(claim)
    },

    async settle(claim, outcome) {
      const { sql, values } = settlement(outcome)
      const { rowCount } = await pool.query(
        `UPDATE shards SET owner = NULL, lease_until = NULL, ${sql} WHERE ${held}`,
        [...keyOf(claim), ...values],
      )
      if (rowCount === 1) return
      // Settled already by this very claim, as when the first answer was lost on its way, is as good as settled.
      const { rowCount: newest } = await pool.query(
        'SELECT FROM shards WHERE round_id = $1 AND stage = $2 AND shard_index = $3 AND claim = $4',
        [...keyOf(claim)],
      )
      if (newest === 0) throw new ClaimLost(claim)
    },
  }
}

/** True of the row whose claim the first four parameters name, while it is the newest and not ended. */
export const held = `round_id = $1 AND stage = $2 AND shard_index = $3 AND claim = $4 AND status = 'claimed'`

export function keyOf(claim: ShardClaim): readonly unknown[] {
  return [claim.roundId, claim.stage, claim.index, claim.claim]
}

/** What an outcome sets; its values are parameters from $5 on. */
function settlement(outcome: ShardOutcome): { readonly sql: string; readonly values: readonly unknown[] } {
  switch (outcome.kind) {
    case 'done':
      return {
        sql: `status = 'done', result = $5::jsonb, progress = COALESCE($6::jsonb, progress), reason = NULL, look_again_at = NULL, finished_at = now()`,
        values: [storableJson(outcome.result), outcome.progress === null ? null : storableJson(outcome.progress)],
      }
    case 'waiting':
      return {
        sql: `status = 'waiting', look_again_at = now() + make_interval(secs => $5), progress = COALESCE($6::jsonb, progress), reason = $7,
          waiting_since = CASE WHEN $8 THEN now() ELSE COALESCE(waiting_since, now()) END`,
        values: [
          outcome.retryInSeconds,
          outcome.progress === null ? null : storableJson(outcome.progress),
          storableTextOrNull(outcome.reason),
          outcome.progressed,
        ],
      }
    case 'retry':
      return {
        sql: `status = 'pending', waiting_since = NULL, failures = failures + 1, look_again_at = now() + make_interval(secs => $5), reason = $6`,
        values: [outcome.retryInSeconds, storableText(outcome.reason)],
      }
    case 'failed':
      return { sql: `status = 'failed', reason = $5, finished_at = now()`, values: [storableText(outcome.reason)] }
    case 'released':
      return { sql: `status = 'pending', waiting_since = NULL`, values: [] }
    default:
      return assertNever(outcome)
  }
}

const ShardRow = z.object({
  round_id: z.string(),
  stage: StageName,
  shard_index: z.number(),
  status: z.enum(['pending', 'claimed', 'waiting', 'done', 'failed']),
  input: z.unknown(),
  result: z.unknown(),
  claim: z.number(),
  owner: z.string().nullable(),
  lease_until: z.date().nullable(),
  look_again_at: z.date().nullable(),
  failures: z.number(),
  reason: z.string().nullable(),
  progress: z
    .object({ done: z.number(), total: z.number(), unit: z.string(), note: z.string().exactOptional() })
    .nullable(),
})

function toShard(row: z.infer<typeof ShardRow>): Shard {
  return {
    roundId: row.round_id,
    stage: row.stage,
    index: row.shard_index,
    status: row.status,
    input: row.input,
    result: row.result,
    claim: row.claim,
    owner: row.owner,
    leaseUntil: row.lease_until,
    lookAgainAt: row.look_again_at,
    failures: row.failures,
    reason: row.reason,
    progress: row.progress,
  }
}
