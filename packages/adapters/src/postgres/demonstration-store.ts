import { createHash } from 'node:crypto'
import type { Demonstration, DemonstrationSet, DemonstrationStore } from '@ratchet/ports/demonstration-store.ts'
import { InvalidImport } from '@ratchet/ports/demonstration-store.ts'
import type { Pool, PoolClient } from 'pg'
import { inTransaction } from './in-transaction.ts'
import { storableJson } from './storable.ts'

/** Demonstration sets in PostgreSQL. `create` throws InvalidImport when a demonstration names a problem that the set lacks. */
export function createDemonstrationStore(pool: Pool): DemonstrationStore {
  return {
    async create(name, problemSetId, demonstrations) {
      const id = idOf(problemSetId, demonstrations)
      await inTransaction(pool, async (client) => {
        await refuseUnknownProblems(client, problemSetId, demonstrations)
        const { rowCount } = await client.query(
          'INSERT INTO demonstration_sets (id, name, problem_set_id, count) VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING',
          [id, name, problemSetId, demonstrations.length],
        )
        if (rowCount === 1) {
          await client.query(
            `INSERT INTO demonstrations (demonstration_set_id, position, problem_id, text)
             SELECT $1, x.position - 1, x.problem_id, x.text
             FROM ROWS FROM (jsonb_to_recordset($2::jsonb) AS ("problemId" text, text text)) WITH ORDINALITY
               AS x (problem_id, text, position)`,
            [id, storableJson(demonstrations)],
          )
        }
        await client.query(
          `INSERT INTO demonstration_set_names (name, demonstration_set_id, named_at) VALUES ($1, $2, clock_timestamp())
           ON CONFLICT (name, demonstration_set_id) DO UPDATE SET named_at = EXCLUDED.named_at`,
          [name, id],
        )
      })
      return { id, name, problemSetId, count: demonstrations.length }
    },

    async find(idOrName) {
      const { rows } = await pool.query<DemonstrationSet>(
        `SELECT s.id, COALESCE(n.name, s.name) AS name, s.problem_set_id AS "problemSetId", s.count FROM demonstration_sets s
         LEFT JOIN demonstration_set_names n ON n.demonstration_set_id = s.id AND n.name = $1
         WHERE s.id = $1 OR n.name = $1 ORDER BY s.id = $1 DESC, n.named_at DESC LIMIT 1`,
        [idOrName],
      )
      return rows[0] ?? null
    },

    async list() {
      const { rows } = await pool.query<DemonstrationSet>(
        `SELECT id, name, problem_set_id AS "problemSetId", count FROM demonstration_sets ORDER BY created_at DESC, id`,
      )
      return rows
    },

    async demonstrations(id, page) {
      const { rows } = await pool.query<Demonstration>(
        `SELECT problem_id AS "problemId", text FROM demonstrations WHERE demonstration_set_id = $1
         ORDER BY position OFFSET $2 LIMIT $3`,
        [id, page?.offset ?? 0, page?.limit ?? null],
      )
      return rows
    },
  }
}

function idOf(problemSetId: string, demonstrations: readonly Demonstration[]): string {
  const lines = demonstrations.map(({ problemId, text }) => JSON.stringify({ problemId, text }))
  const digest = createHash('sha256')
    .update([problemSetId, ...lines].join('\n'))
    .digest('hex')
  return `dm_${digest.slice(0, 16)}`
}

async function refuseUnknownProblems(
  client: PoolClient,
  problemSetId: string,
  demonstrations: readonly Demonstration[],
): Promise<void> {
  const { rows: sets } = await client.query('SELECT FROM problem_sets WHERE id = $1', [problemSetId])
  if (sets.length === 0) throw new InvalidImport(`there is no problem set ${problemSetId}`)
  const { rows } = await client.query<{ id: string; row: string }>(
    `SELECT x.id, min(x.position) AS row FROM unnest($2::text[]) WITH ORDINALITY AS x (id, position)
     WHERE NOT EXISTS (SELECT FROM problems p WHERE p.problem_set_id = $1 AND p.problem_id = x.id)
     GROUP BY x.id ORDER BY x.id LIMIT 11`,
    [problemSetId, demonstrations.map((demonstration) => demonstration.problemId)],
  )
  if (rows.length === 0) return
  const named = rows.slice(0, 10).map(({ id, row }) => `${id} (row ${row})`)
  const more = rows.length > 10 ? ' and more' : ''
  throw new InvalidImport(
    `the problem set ${problemSetId} has no problem ${named.join(', ')}${more}: correct problemId, or name the set that has it; nothing was stored`,
  )
}
