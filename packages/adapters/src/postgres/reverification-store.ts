import { assertNever } from '@ratchet/domain/assert-never.ts'
import { DecisionChange, ReverificationFilter, sumChanges } from '@ratchet/domain/reverification.ts'
import type {
  Reverification,
  ReverificationClaim,
  ReverificationOutcome,
  ReverificationStore,
  ReverifiedPage,
} from '@ratchet/ports/reverification-store.ts'
import { ClaimLost, type NewEvent } from '@ratchet/ports/round-store.ts'
import type { Pool, PoolClient } from 'pg'
import { z } from 'zod'
import { inTransaction } from './in-transaction.ts'
import { storableJson, storableText } from './storable.ts'

/** Re-verifications in PostgreSQL. All times are the database's: workers' clocks play no part. */
export function createReverificationStore(pool: Pool): ReverificationStore {
  const listed = async (which: string, values: readonly unknown[]) => {
    const { rows } = await pool.query(`SELECT * FROM reverifications WHERE ${which}`, [...values])
    return rows.map((row) => toReverification(Row.parse(row)))
  }
  return {
    async create({ id, roundId, filter, idempotencyKey, total }) {
      const { rows } = await pool.query(
        `INSERT INTO reverifications (id, round_id, filter, idempotency_key, total) VALUES ($1, $2, $3::jsonb, $4, $5)
         ON CONFLICT (idempotency_key) DO NOTHING RETURNING *`,
        [id, roundId, storableJson(filter), idempotencyKey, total],
      )
      if (rows[0] !== undefined) return { reverification: toReverification(Row.parse(rows[0])), created: true }
      const [earlier] = await listed('idempotency_key = $1', [idempotencyKey])
      if (earlier === undefined) throw new Error(`the re-verification of the key ${idempotencyKey} is gone`)
      return { reverification: earlier, created: false }
    },

    find: async (id) => (await listed('id = $1', [id]))[0] ?? null,
    list: (roundId) => listed('round_id = $1 ORDER BY created_at DESC, id DESC', [roundId]),
    due: () => listed(`${free} ORDER BY created_at, id`, []),

    async claim(id, owner, leaseSeconds) {
      const { rows } = await pool.query(
        `UPDATE reverifications SET
           status = 'claimed', claim = claim + 1, owner = $2, lease_until = now() + make_interval(secs => $3), look_again_at = NULL,
           failures = failures + (status = 'claimed')::int,
           reason = CASE WHEN status = 'claimed' THEN 'the lease of ' || owner || ' ran out' ELSE reason END,
           started_at = COALESCE(started_at, now())
         WHERE id = $1 AND ${free} RETURNING *`,
        [id, owner, leaseSeconds],
      )
      if (rows[0] === undefined) return null
      const row = Row.parse(rows[0])
      const claim = { reverificationId: id, claim: row.claim }
      return { claim, reverification: toReverification(row), after: row.after, failures: row.failures }
    },

    async heartbeat(claim, leaseSeconds) {
      const { rowCount } = await pool.query(
        `UPDATE reverifications SET lease_until = now() + make_interval(secs => $3) WHERE ${held}`,
        [...keyOf(claim), leaseSeconds],
      )
      if (rowCount === 0) throw new ClaimLost(claim)
    },

    async storePage(claim, page) {
      await inTransaction(pool, async (client) => {
        const { rows } = await client.query(`SELECT changes FROM reverifications WHERE ${held} FOR UPDATE`, [
          ...keyOf(claim),
        ])
        if (rows[0] === undefined) throw new ClaimLost(claim)
        const added = await appendVerdicts(client, page)
        const appended = added.reduce((sum, each) => sum + each.trajectories, 0)
        const changes = sumChanges([...Changes.parse(rows[0].changes), ...added])
        await client.query(
          `UPDATE reverifications SET after = $3::jsonb, checked = checked + $4, appended = appended + $5, changes = $6::jsonb,
             failures = 0, reason = NULL WHERE ${held}`,
          [...keyOf(claim), storableJson(page.after), page.verdicts.length, appended, storableJson(changes)],
        )
      })
    },

    async settle(claim, outcome, events = []) {
      const { sql, values } = settlement(outcome)
      await inTransaction(pool, async (client) => {
        const { rowCount } = await client.query(
          `UPDATE reverifications SET owner = NULL, lease_until = NULL, ${sql} WHERE ${held}`,
          [...keyOf(claim), ...values],
        )
        if (rowCount === 1) return await appendEvents(client, events)
        // Settled already by this very claim, as when the first answer was lost on its way, is as good as settled.
        const newest = await client.query('SELECT FROM reverifications WHERE id = $1 AND claim = $2', [...keyOf(claim)])
        if (newest.rowCount === 0) throw new ClaimLost(claim)
      })
    },
  }
}

/** True of the row whose claim the first two parameters name, while it is the newest and not ended. */
const held = `id = $1 AND claim = $2 AND status = 'claimed'`

/** True of a row that may be taken now. */
const free = `((status = 'pending' AND (look_again_at IS NULL OR look_again_at <= now())) OR (status = 'claimed' AND lease_until <= now()))`

function keyOf({ reverificationId, claim }: ReverificationClaim): readonly unknown[] {
  return [reverificationId, claim]
}

/**
 * Appends what is not the same as the newest verdict, and counts it by the decisions before and after. The trajectories are locked, in one
 * order everywhere, so that of two that find the same at once the second sees the first's.
 */
async function appendVerdicts(client: PoolClient, { verdicts }: ReverifiedPage): Promise<readonly DecisionChange[]> {
  const ids = verdicts.map(({ trajectoryId }) => trajectoryId)
  await client.query('SELECT FROM trajectories WHERE id = ANY ($1) ORDER BY id FOR NO KEY UPDATE', [ids])
  const { rows } = await client.query(
    `WITH found AS (
       SELECT i.*, n.decision AS before FROM jsonb_to_recordset($1::jsonb)
         AS i (id text, decision text, reason text, extracted text, verifier text)
       JOIN LATERAL (SELECT * FROM verdicts v WHERE v.trajectory_id = i.id ORDER BY v.id DESC LIMIT 1) n ON true
       WHERE (n.decision, n.reason, n.extracted, n.verifier) IS DISTINCT FROM (i.decision, i.reason, i.extracted, i.verifier)
     ), added AS (
       INSERT INTO verdicts (trajectory_id, decision, reason, extracted, verifier)
       SELECT id, decision, reason, extracted, verifier FROM found ORDER BY id
     )
     SELECT before AS "from", decision AS "to", count(*)::int AS trajectories FROM found GROUP BY before, decision`,
    [storableJson(verdicts.map(({ trajectoryId, verdict }) => ({ ...verdict, id: trajectoryId })))],
  )
  return Changes.parse(rows)
}

/** The table numbers them. */
async function appendEvents(client: PoolClient, events: readonly NewEvent[]): Promise<void> {
  for (const { iterationId, roundId, kind, body } of events)
    await client.query('INSERT INTO round_events (iteration_id, round_id, kind, body) VALUES ($1, $2, $3, $4::jsonb)', [
      iterationId,
      roundId,
      kind,
      storableJson(body),
    ])
}

/** What an outcome sets; its values are parameters from $3 on. */
function settlement(outcome: ReverificationOutcome): { readonly sql: string; readonly values: readonly unknown[] } {
  switch (outcome.kind) {
    case 'done':
      return { sql: `status = 'done', reason = NULL, finished_at = now()`, values: [] }
    case 'retry':
      return {
        sql: `status = 'pending', failures = failures + 1, look_again_at = now() + make_interval(secs => $3), reason = $4`,
        values: [outcome.retryInSeconds, storableText(outcome.reason)],
      }
    case 'failed':
      return { sql: `status = 'failed', reason = $3, finished_at = now()`, values: [storableText(outcome.reason)] }
    case 'released':
      return { sql: `status = 'pending'`, values: [] }
    default:
      return assertNever(outcome)
  }
}

const Changes = z.array(DecisionChange)
const Row = z.object({
  id: z.string(),
  round_id: z.string(),
  filter: ReverificationFilter,
  status: z.enum(['pending', 'claimed', 'done', 'failed']),
  total: z.number(),
  checked: z.number(),
  appended: z.number(),
  changes: Changes,
  after: z.object({ problemId: z.string(), index: z.number(), roundId: z.string(), id: z.string() }).nullable(),
  claim: z.number(),
  failures: z.number(),
  reason: z.string().nullable(),
  created_at: z.date(),
  started_at: z.date().nullable(),
  finished_at: z.date().nullable(),
})

function toReverification(row: z.infer<typeof Row>): Reverification {
  const { id, filter, status, total, checked, appended, changes, reason } = row
  return {
    id,
    roundId: row.round_id,
    filter,
    status,
    total,
    checked,
    appended,
    changes,
    reason,
    createdAt: row.created_at,
    startedAt: row.started_at,
    finishedAt: row.finished_at,
  }
}
