import type { InstallationCounts } from '@ratchet/ports/installation-counts.ts'
import type { Pool } from 'pg'
import { z } from 'zod'

const Totals = z.object({
  iterations: z.record(z.string(), z.number()),
  rounds: z.record(z.string(), z.number()),
  shards: z.array(z.object({ stage: z.string(), status: z.string(), count: z.number() })),
  trajectories: z.coerce.number(),
  datasetVersions: z.coerce.number(),
  checkpoints: z.coerce.number(),
})

/** Counts in PostgreSQL. Trajectories, of which there may be very many, are counted by the planner's statistics once they were gathered. */
export function createInstallationCounts(pool: Pool): InstallationCounts {
  return {
    async read() {
      const { rows } = await pool.query(`
        SELECT
          (SELECT COALESCE(jsonb_object_agg(state, n), '{}') FROM (SELECT state, count(*) AS n FROM iterations GROUP BY state) x) AS iterations,
          (SELECT COALESCE(jsonb_object_agg(state, n), '{}') FROM (SELECT state, count(*) AS n FROM rounds GROUP BY state) x) AS rounds,
          (SELECT COALESCE(jsonb_agg(jsonb_build_object('stage', stage, 'status', status, 'count', n)), '[]') FROM (
            SELECT s.stage, s.status, count(*) AS n FROM shards s JOIN rounds r ON r.id = s.round_id
            WHERE r.state NOT IN ('accepted', 'rejected', 'failed', 'cancelled') GROUP BY s.stage, s.status ORDER BY 1, 2) x) AS shards,
          (SELECT CASE WHEN c.reltuples > 100000 THEN c.reltuples::bigint ELSE (SELECT count(*) FROM trajectories) END
            FROM pg_class c WHERE c.oid = 'trajectories'::regclass) AS trajectories,
          (SELECT count(*) FROM dataset_versions) AS "datasetVersions",
          (SELECT count(*) FROM checkpoints) AS checkpoints`)
      return Totals.parse(rows[0])
    },
  }
}
