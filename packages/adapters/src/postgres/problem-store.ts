import { createHash } from 'node:crypto'
import { canonicalProblem } from '@ratchet/domain/canonical-problem.ts'
import { Problem, type ProblemSet, Verification } from '@ratchet/domain/problem.ts'
import { InvalidImport } from '@ratchet/ports/demonstration-store.ts'
import type { ProblemStore } from '@ratchet/ports/problem-store.ts'
import type { Pool } from 'pg'
import { z } from 'zod'
import { inTransaction } from './in-transaction.ts'
import { storableJson } from './storable.ts'

/** Problem sets in PostgreSQL. */
export function createProblemStore(pool: Pool): ProblemStore {
  return {
    async create(name, problems) {
      refuseDuplicates(problems)
      const content = problems.map(canonicalProblem)
      const id = `ps_${createHash('sha256').update(content.join('\n')).digest('hex').slice(0, 16)}`
      await inTransaction(pool, async (client) => {
        const { rowCount } = await client.query(
          'INSERT INTO problem_sets (id, name, count) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING',
          [id, name, problems.length],
        )
        if (rowCount === 1) {
          await client.query(
            `INSERT INTO problems (problem_set_id, position, problem_id, prompt, verification, domain, difficulty)
             SELECT $1, x.position - 1, x.id, x.prompt, x.verification, x.domain, x.difficulty
             FROM ROWS FROM (jsonb_to_recordset($2::jsonb)
               AS (id text, prompt text, verification jsonb, domain text, difficulty double precision)) WITH ORDINALITY
               AS x (id, prompt, verification, domain, difficulty, position)`,
            [id, storableJson(problems)],
          )
        }
        await client.query(
          `INSERT INTO problem_set_names (name, problem_set_id, named_at) VALUES ($1, $2, clock_timestamp())
           ON CONFLICT (name, problem_set_id) DO UPDATE SET named_at = EXCLUDED.named_at`,
          [name, id],
        )
      })
      return { id, name, count: problems.length }
    },

    async find(idOrName) {
      const { rows } = await pool.query<ProblemSet>(
        `SELECT s.id, COALESCE(n.name, s.name) AS name, s.count FROM problem_sets s
         LEFT JOIN problem_set_names n ON n.problem_set_id = s.id AND n.name = $1
         WHERE s.id = $1 OR n.name = $1 ORDER BY s.id = $1 DESC, n.named_at DESC LIMIT 1`,
        [idOrName],
      )
      return rows[0] ?? null
    },

    async list() {
      const { rows } = await pool.query<ProblemSet>(
        'SELECT id, name, count FROM problem_sets ORDER BY created_at DESC, id',
      )
      return rows
    },

    async problems(problemSetId, page) {
      const { rows } = await pool.query(`${selectProblems} ORDER BY position OFFSET $2 LIMIT $3`, [
        problemSetId,
        page?.offset ?? 0,
        page?.limit ?? null,
      ])
      return rows.map(readProblem)
    },

    async kinds(problemSetId) {
      const { rows } = await pool.query(
        `SELECT DISTINCT verification->>'kind' AS kind FROM problems WHERE problem_set_id = $1`,
        [problemSetId],
      )
      return rows.map(({ kind }) => Kind.parse(kind)).sort()
    },

    async byId(problemSetId, problemIds) {
      const { rows } = await pool.query(`${selectProblems} AND problem_id = ANY ($2) ORDER BY position`, [
        problemSetId,
        problemIds,
      ])
      return rows.map(readProblem)
    },
  }
}

const Kind = z.enum(Verification.options.map(({ shape }) => shape.kind.value))

const selectProblems =
  'SELECT problem_id AS id, prompt, verification, domain, difficulty FROM problems WHERE problem_set_id = $1'

function readProblem(row: Record<string, unknown>): Problem {
  return Problem.parse(Object.fromEntries(Object.entries(row).filter(([, value]) => value !== null)))
}

function refuseDuplicates(problems: readonly Problem[]): void {
  const seen = new Set<string>()
  const twice = new Set<string>()
  for (const { id } of problems) (seen.has(id) ? twice : seen).add(id)
  if (twice.size === 0) return
  const [...ids] = twice
  const more = ids.length > 10 ? ` and ${ids.length - 10} more` : ''
  throw new InvalidImport(`these problem ids occur more than once: ${ids.slice(0, 10).join(', ')}${more}`)
}
