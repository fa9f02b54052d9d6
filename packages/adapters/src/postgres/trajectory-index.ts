import type { Purpose, Trajectory } from '@ratchet/domain/trajectory.ts'
import { ClaimLost, type ShardClaim } from '@ratchet/ports/round-store.ts'
import type { TrajectoryFilter, TrajectoryStore } from '@ratchet/ports/trajectory-store.ts'
import type { Pool } from 'pg'
import { z } from 'zod'
import { inTransaction } from './in-transaction.ts'
import { held, keyOf } from './shard-store.ts'
import { storableJson, storableTextOrNull } from './storable.ts'
import { readStored, selectStored } from './stored-trajectory.ts'

/** Where a trajectory's text is: `length` bytes from `offset` in the uncompressed content of the segment under `key`. */
export type SegmentPosition = { readonly key: string; readonly offset: number; readonly length: number }

/** The SQL half of TrajectoryStore: everything but the texts. */
export type TrajectoryIndex = Omit<TrajectoryStore, 'append' | 'texts'> & {
  /**
   * Writes rows, first verdicts and the sampling model's perplexities in one transaction, while holding the shard so that no
   * newer claim can begin. Rows whose key already exists are left alone. Throws ClaimLost, storing nothing.
   */
  insert(claim: ShardClaim, rows: readonly IndexRow[]): Promise<void>
}

export type IndexRow = { readonly trajectory: Trajectory; readonly segment: SegmentPosition }

/** Trajectories, verdicts, perplexities and curation decisions in PostgreSQL. */
export function createTrajectoryIndex(pool: Pool): TrajectoryIndex {
  return {
    async insert(claim, rows) {
      await inTransaction(pool, async (client) => {
        // Shared, so that several inserts under one claim go on side by side while a newer claim has to wait for them.
        const { rowCount } = await client.query(`SELECT FROM shards WHERE ${held} FOR SHARE`, [...keyOf(claim)])
        if (rowCount === 0) throw new ClaimLost(claim)
        if (rows.length > 0) await client.query(insertRows, [storableJson(rows.map(toRecord))])
      })
    },

    async list(filter) {
      const { where, values } = conditions(filter)
      const page = [filter.limit ?? null, filter.offset ?? 0]
      const { rows } = await pool.query(
        selectStored(`${where} ORDER BY ${order} LIMIT $${values.length + 1} OFFSET $${values.length + 2}`, order),
        [...values, ...page],
      )
      return rows.map(readStored)
    },

    async count(filter) {
      const { where, values } = conditions(filter)
      const { rows } = await pool.query<{ count: string }>(`SELECT count(*) FROM trajectories t ${where}`, [...values])
      return Number(rows[0]?.count)
    },

    async find(trajectoryId) {
      const { rows } = await pool.query(selectStored('WHERE t.id = $1', 't.id'), [trajectoryId])
      return rows[0] === undefined ? null : readStored(rows[0])
    },

    async score(model, perplexities) {
      const records = [...perplexities]
        .map(([id, value]) => ({ id, value }))
        .filter(({ value }) => Number.isFinite(value))
      // In one order everywhere, so that two writers never wait for each other.
      await pool.query(
        `INSERT INTO perplexities (trajectory_id, model, value)
         SELECT x.id, $1, x.value FROM jsonb_to_recordset($2::jsonb) AS x (id text, value double precision) ORDER BY x.id
         ON CONFLICT (trajectory_id, model) DO UPDATE SET value = EXCLUDED.value, at = now()`,
        [model, storableJson(records)],
      )
    },

    async decide(roundId, curationId, decisions) {
      const rows = decisions.map((decision) => ({ ...decision, value: storableTextOrNull(decision.value) }))
      await inTransaction(pool, async (client) => {
        await client.query(`SELECT pg_advisory_xact_lock(hashtext('curation_decisions'), hashtext($1 || '/' || $2))`, [
          roundId,
          curationId,
        ])
        await client.query('DELETE FROM curation_decisions WHERE round_id = $1 AND curation_id = $2', [
          roundId,
          curationId,
        ])
        await client.query(
          `INSERT INTO curation_decisions (round_id, curation_id, trajectory_id, kept, rule, value)
           SELECT $1, $2, x."trajectoryId", x.kept, x.rule, x.value
           FROM jsonb_to_recordset($3::jsonb) AS x ("trajectoryId" text, kept boolean, rule text, value text)`,
          [roundId, curationId, storableJson(rows)],
        )
      })
    },

    async decisions(trajectoryId) {
      const { rows } = await pool.query(
        `SELECT trajectory_id AS "trajectoryId", kept, rule, value, round_id AS "roundId", curation_id AS "curationId"
         FROM curation_decisions WHERE trajectory_id = $1 ORDER BY at, round_id, curation_id`,
        [trajectoryId],
      )
      return rows
    },

    async verdicts(trajectoryId) {
      const { rows } = await pool.query(
        'SELECT decision, reason, extracted, verifier, at FROM verdicts WHERE trajectory_id = $1 ORDER BY id',
        [trajectoryId],
      )
      return rows
    },

    /** `rollouts` is the sum of the other four counts: a failed rollout counts as `failed` only. */
    async tally(roundId: string, purpose: Purpose) {
      const { rows } = await pool.query(
        `SELECT count(*) AS rollouts,
           count(*) FILTER (WHERE finish <> 'error' AND decision = 'correct') AS correct,
           count(*) FILTER (WHERE finish <> 'error' AND decision = 'incorrect') AS incorrect,
           count(*) FILTER (WHERE finish <> 'error' AND decision = 'undecided') AS undecided,
           count(*) FILTER (WHERE finish = 'error') AS failed,
           COALESCE(sum(prompt_tokens), 0) AS "promptTokens",
           COALESCE(sum(completion_tokens), 0) AS "completionTokens"
         FROM trajectories WHERE round_id = $1 AND purpose = $2`,
        [roundId, purpose],
      )
      return TallyRow.parse(rows[0])
    },
  }
}

// The same order whatever the database's collation is: datasets depend on it.
const order = 't.problem_id COLLATE "C", t.sample_index, t.round_id COLLATE "C", t.id COLLATE "C"'

const newestVerifier = '(SELECT v.verifier FROM verdicts v WHERE v.trajectory_id = t.id ORDER BY v.id DESC LIMIT 1)'

const insertRows = `
  WITH input AS (
    SELECT * FROM jsonb_to_recordset($1::jsonb) AS x (
      id text, "roundId" text, purpose text, "problemSetId" text, "problemId" text, index int, "policyVersion" text,
      endpoint text, seed bigint, "templateHash" text, finish text, failure text, "promptTokens" int, "completionTokens" int,
      "logprobSum" double precision, "textSha256" text, key text, "offset" bigint, length int,
      decision text, reason text, extracted text, verifier text, perplexity double precision)
  ), added AS (
    INSERT INTO trajectories (id, round_id, purpose, problem_set_id, problem_id, sample_index, policy_version, endpoint, seed,
      template_hash, finish, failure, prompt_tokens, completion_tokens, logprob_sum, text_sha256, segment_key, segment_offset,
      segment_length, decision)
    SELECT id, "roundId", purpose, "problemSetId", "problemId", index, "policyVersion", endpoint, seed, "templateHash", finish,
      failure, "promptTokens", "completionTokens", "logprobSum", "textSha256", key, "offset", length, decision
    FROM input ORDER BY id
    ON CONFLICT DO NOTHING RETURNING id
  ), judged AS (
    INSERT INTO verdicts (trajectory_id, decision, reason, extracted, verifier)
    SELECT id, decision, reason, extracted, verifier FROM input JOIN added USING (id)
  )
  INSERT INTO perplexities (trajectory_id, model, value)
  SELECT id, "policyVersion", perplexity FROM input JOIN added USING (id) WHERE perplexity IS NOT NULL`

function toRecord({ trajectory, segment }: IndexRow) {
  const { verdict, ...metadata } = trajectory
  return { ...metadata, ...segment, ...verdict, perplexity: samplerPerplexity(trajectory) }
}

function samplerPerplexity({ logprobSum, completionTokens }: Trajectory): number | null {
  if (logprobSum === null || completionTokens === 0) return null
  const perplexity = Math.exp(-logprobSum / completionTokens)
  return Number.isFinite(perplexity) ? perplexity : null
}

function conditions(filter: TrajectoryFilter): { readonly where: string; readonly values: readonly unknown[] } {
  const wanted = [
    { condition: 't.round_id = ANY', value: filter.roundIds },
    { condition: 't.purpose =', value: filter.purpose },
    { condition: 't.problem_set_id =', value: filter.problemSetId },
    { condition: 't.problem_id = ANY', value: filter.problemIds },
    { condition: 't.decision =', value: filter.decision },
    { condition: `${newestVerifier} = ANY`, value: filter.verifiedBy },
    { condition: `${newestVerifier} <> ALL`, value: filter.notVerifiedBy },
    { condition: `(t.finish <> 'error') =`, value: filter.answered },
  ].filter(({ value }) => value !== undefined)
  const clauses = wanted.map(({ condition }, index) => `${condition} ($${index + 1})`)
  const values: unknown[] = wanted.map(({ value }) => value)
  if (filter.after !== undefined) {
    const { problemId, index, roundId, id } = filter.after
    const [a, b, c, d] = [problemId, index, roundId, id].map((value) => `$${values.push(value)}`)
    clauses.push(`(${order}) > (${a}::text COLLATE "C", ${b}::int, ${c}::text COLLATE "C", ${d}::text COLLATE "C")`)
  }
  return { where: clauses.length === 0 ? '' : `WHERE ${clauses.join(' AND ')}`, values }
}

const count = z.coerce.number()
const TallyRow = z.object({
  rollouts: count,
  correct: count,
  incorrect: count,
  undecided: count,
  failed: count,
  promptTokens: count,
  completionTokens: count,
})
