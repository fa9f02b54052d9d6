import { Finish, Purpose } from '@ratchet/domain/trajectory.ts'
import { Decision, Verdict } from '@ratchet/domain/verdict.ts'
import type { StoredTrajectory } from '@ratchet/ports/trajectory-store.ts'
import { z } from 'zod'

/** Whole trajectories: those that `which` (conditions, order and limit on `t`) selects, in `order`. */
export function selectStored(which: string, order: string): string {
  return `
    SELECT t.id, t.round_id AS "roundId", r.round_index AS "roundIndex", t.purpose, t.problem_set_id AS "problemSetId",
      t.problem_id AS "problemId", t.sample_index AS "index", t.policy_version AS "policyVersion", t.endpoint, t.seed,
      t.template_hash AS "templateHash", t.finish, t.failure, t.prompt_tokens AS "promptTokens",
      t.completion_tokens AS "completionTokens", t.logprob_sum AS "logprobSum", t.text_sha256 AS "textSha256",
      t.segment_key AS "key", t.segment_offset AS "offset", t.segment_length AS "length",
      v.decision, v.reason, v.extracted, v.verifier,
      (SELECT f.decision FROM verdicts f WHERE f.trajectory_id = t.id ORDER BY f.id LIMIT 1) AS "firstDecision", COALESCE(p.perplexities, '{}') AS perplexities
    FROM (SELECT * FROM trajectories t ${which}) t
    JOIN rounds r ON r.id = t.round_id
    JOIN LATERAL (SELECT * FROM verdicts v WHERE v.trajectory_id = t.id ORDER BY v.id DESC LIMIT 1) v ON true
    LEFT JOIN LATERAL (SELECT jsonb_object_agg(p.model, p.value) AS perplexities FROM perplexities p WHERE p.trajectory_id = t.id) p
      ON true
    ORDER BY ${order}`
}

const StoredRow = z.object({
  id: z.string(),
  roundId: z.string(),
  roundIndex: z.number(),
  purpose: Purpose,
  problemSetId: z.string(),
  problemId: z.string(),
  index: z.number(),
  policyVersion: z.string(),
  endpoint: z.string(),
  seed: z.coerce.number(),
  templateHash: z.string(),
  finish: Finish,
  failure: z.string().nullable(),
  promptTokens: z.number(),
  completionTokens: z.number(),
  logprobSum: z.number().nullable(),
  textSha256: z.string(),
  key: z.string(),
  offset: z.coerce.number(),
  length: z.number(),
  ...Verdict.shape,
  firstDecision: Decision,
  perplexities: z.record(z.string(), z.number()),
})

/** A row of `selectStored`. */
export function readStored(row: unknown): StoredTrajectory {
  const { key, offset, length, decision, reason, extracted, verifier, ...rest } = StoredRow.parse(row)
  return { ...rest, segment: { key, offset, length }, verdict: { decision, reason, extracted, verifier } }
}
