import type { SeriesCursor, TrainingStep } from '@ratchet/ports/cluster.ts'
import {
  type NewTrainingRun,
  type TrainingRun,
  type TrainingStore,
  trainingStates,
} from '@ratchet/ports/training-store.ts'
import type { Pool, PoolClient } from 'pg'
import { z } from 'zod'
import { inTransaction } from './in-transaction.ts'
import { storableJson, storableText, storableTextOrNull } from './storable.ts'

/** Training jobs and their series in PostgreSQL. */
export function createTrainingStore(pool: Pool): TrainingStore {
  return {
    async record(run) {
      return await inTransaction(pool, async (client) => {
        const { rowCount } = await client.query(recordRun, [...valuesOf(run)])
        // One that nobody has opened yet, though the record goes on with it after a retry, has no reason.
        if (rowCount === 1 && (run.attempt === 1 || run.because !== null))
          await client.query(
            'INSERT INTO training_attempts (round_id, attempt, because) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING',
            [run.roundId, run.attempt, storableTextOrNull(run.because)],
          )
        return await seriesEnd(client, run.roundId)
      })
    },

    async find(roundId) {
      const { rows } = await pool.query('SELECT * FROM training_runs WHERE round_id = $1', [roundId])
      return rows[0] === undefined ? null : toRun(RunRow.parse(rows[0]))
    },

    async attempts(roundId) {
      const { rows } = await pool.query('SELECT * FROM training_attempts WHERE round_id = $1 ORDER BY attempt', [
        roundId,
      ])
      return rows.map((row) => {
        const { attempt, because, opened_at } = AttemptRow.parse(row)
        return { attempt, because, openedAt: opened_at }
      })
    },

    async append(roundId, from, { steps, next }) {
      return await inTransaction(pool, async (client) => {
        const { rowCount } = await client.query(
          `UPDATE training_runs SET series_attempt = $4, series_offset = $5
           WHERE round_id = $1 AND series_attempt = $2 AND series_offset = $3`,
          [roundId, from.attempt, from.offset, next.attempt, next.offset],
        )
        if (rowCount === 0) return await seriesEnd(client, roundId)
        if (steps.length > 0) await client.query(upsertSteps, [roundId, storableJson(newestOfEach(steps))])
        return next
      })
    },

    async steps({ roundId, phaseIndex, after, limit }) {
      const { rows } = await pool.query(
        `SELECT * FROM training_steps WHERE round_id = $1 AND ($2::int IS NULL OR phase_index = $2)
           AND (phase_index, step) > ($3, $4) ORDER BY phase_index, step LIMIT $5`,
        [roundId, phaseIndex ?? null, after?.phaseIndex ?? -1, after?.step ?? -1, limit],
      )
      return rows.map((row) => toStep(StepRow.parse(row)))
    },
  }
}

async function seriesEnd(client: PoolClient, roundId: string): Promise<SeriesCursor> {
  const { rows } = await client.query('SELECT series_attempt, series_offset FROM training_runs WHERE round_id = $1', [
    roundId,
  ])
  if (rows[0] === undefined) throw new Error(`no training of the round ${roundId} is on record`)
  const { series_attempt, series_offset } = CursorRow.parse(rows[0])
  return { attempt: series_attempt, offset: series_offset }
}

const columns = [
  'round_id',
  'backend',
  'state',
  'attempt',
  'reason',
  'queue_position',
  'phase',
  'step',
  'max_steps',
  'loss',
  'tokens_per_second',
  'expected_end_at',
  'heartbeat_at',
  'seconds',
  'gpu_seconds',
  'cost',
]
const taken = ['backend', 'state', 'attempt', 'reason', 'queue_position', 'tokens_per_second', 'expected_end_at']
const kept = ['phase', 'step', 'max_steps', 'heartbeat_at']
const ended = `('succeeded', 'failed', 'cancelled')`

const recordRun = `INSERT INTO training_runs AS known (${columns.join(', ')})
  VALUES (${columns.map((_, at) => `$${at + 1}`).join(', ')})
  ON CONFLICT (round_id) DO UPDATE SET
    ${taken.map((column) => `${column} = EXCLUDED.${column}`).join(', ')},
    ${kept.map((column) => `${column} = COALESCE(EXCLUDED.${column}, known.${column})`).join(', ')},
    loss = CASE WHEN EXCLUDED.step IS NULL THEN known.loss ELSE EXCLUDED.loss END,
    seconds = GREATEST(known.seconds, EXCLUDED.seconds),
    gpu_seconds = GREATEST(known.gpu_seconds, EXCLUDED.gpu_seconds),
    cost = CASE WHEN EXCLUDED.cost IS NULL THEN NULL ELSE GREATEST(known.cost, EXCLUDED.cost) END,
    updated_at = now()
  WHERE (EXCLUDED.attempt >= known.attempt OR (EXCLUDED.state = 'succeeded' AND known.state NOT IN ${ended}))
    AND (known.state NOT IN ${ended} OR EXCLUDED.state IN ${ended})`

function valuesOf(run: NewTrainingRun): readonly unknown[] {
  const { progress, usage } = run
  return [
    run.roundId,
    storableText(run.backend),
    run.state,
    run.attempt,
    storableTextOrNull(run.reason),
    run.queuePosition,
    storableTextOrNull(progress?.phase ?? null),
    progress?.step ?? null,
    progress?.maxSteps ?? null,
    progress?.loss ?? null,
    progress?.tokensPerSecond ?? null,
    progress?.expectedEndAt ?? null,
    run.heartbeatAt,
    usage.seconds,
    usage.gpuSeconds,
    run.cost,
  ]
}

const upsertSteps = `INSERT INTO training_steps AS known
    (round_id, phase_index, step, attempt, at, loss, learning_rate, grad_norm, tokens, rewards_margin, rewards_accuracy)
  SELECT $1, "phaseIndex", step, attempt, at, loss, "learningRate", "gradNorm", tokens, "rewardsMargin", "rewardsAccuracy"
  FROM jsonb_to_recordset($2::jsonb) AS s ("phaseIndex" int, step int, attempt int, at timestamptz, loss float8, "learningRate" float8,
    "gradNorm" float8, tokens int8, "rewardsMargin" float8, "rewardsAccuracy" float8)
  ON CONFLICT (round_id, phase_index, step) DO UPDATE SET
    attempt = EXCLUDED.attempt, at = EXCLUDED.at, loss = EXCLUDED.loss, learning_rate = EXCLUDED.learning_rate,
    grad_norm = EXCLUDED.grad_norm, tokens = EXCLUDED.tokens, rewards_margin = EXCLUDED.rewards_margin,
    rewards_accuracy = EXCLUDED.rewards_accuracy
  WHERE EXCLUDED.attempt >= known.attempt`

/** One statement must not meet a row twice. */
function newestOfEach(steps: readonly TrainingStep[]): TrainingStep[] {
  const newest = new Map<string, TrainingStep>()
  for (const step of steps) {
    const key = `${step.phaseIndex}/${step.step}`
    if ((newest.get(key)?.attempt ?? 0) <= step.attempt) newest.set(key, step)
  }
  return [...newest.values()]
}

const CursorRow = z.object({ series_attempt: z.number(), series_offset: z.coerce.number() })
const AttemptRow = z.object({ attempt: z.number(), because: z.string().nullable(), opened_at: z.date() })
const RunRow = z.object({
  round_id: z.string(),
  backend: z.string(),
  state: z.enum(trainingStates),
  attempt: z.number(),
  first_attempt: z.number(),
  seconds_before: z.number(),
  gpu_seconds_before: z.number(),
  reason: z.string().nullable(),
  queue_position: z.number().nullable(),
  phase: z.string().nullable(),
  step: z.number().nullable(),
  max_steps: z.number().nullable(),
  loss: z.number().nullable(),
  tokens_per_second: z.number().nullable(),
  expected_end_at: z.date().nullable(),
  heartbeat_at: z.date().nullable(),
  seconds: z.number(),
  gpu_seconds: z.number(),
  cost: z.number().nullable(),
  updated_at: z.date(),
})
const StepRow = z.object({
  phase_index: z.number(),
  step: z.number(),
  attempt: z.number(),
  at: z.date(),
  loss: z.number().nullable(),
  learning_rate: z.number().nullable(),
  grad_norm: z.number().nullable(),
  tokens: z.coerce.number().nullable(),
  rewards_margin: z.number().nullable(),
  rewards_accuracy: z.number().nullable(),
})

function toRun(row: z.infer<typeof RunRow>): TrainingRun {
  const { phase, step, loss } = row
  return {
    roundId: row.round_id,
    backend: row.backend,
    state: row.state,
    attempt: row.attempt,
    reason: row.reason,
    queuePosition: row.queue_position,
    progress:
      phase === null || step === null
        ? null
        : {
            phase,
            step,
            maxSteps: row.max_steps ?? 0,
            loss,
            tokensPerSecond: row.tokens_per_second,
            expectedEndAt: row.expected_end_at,
          },
    heartbeatAt: row.heartbeat_at,
    usage: { seconds: row.seconds, gpuSeconds: row.gpu_seconds },
    cost: row.cost,
    firstAttempt: row.first_attempt,
    usageBefore: { seconds: row.seconds_before, gpuSeconds: row.gpu_seconds_before },
    updatedAt: row.updated_at,
  }
}

function toStep(row: z.infer<typeof StepRow>): TrainingStep {
  return {
    attempt: row.attempt,
    phaseIndex: row.phase_index,
    step: row.step,
    at: row.at,
    loss: row.loss,
    learningRate: row.learning_rate,
    gradNorm: row.grad_norm,
    tokens: row.tokens,
    rewardsMargin: row.rewards_margin,
    rewardsAccuracy: row.rewards_accuracy,
  }
}
