-- CreateTable
CREATE TABLE "training_runs" (
    "round_id" TEXT NOT NULL,
    "backend" TEXT NOT NULL,
    "state" TEXT NOT NULL,
    "attempt" INTEGER NOT NULL,
    "reason" TEXT,
    "queue_position" INTEGER,
    "phase" TEXT,
    "step" INTEGER,
    "max_steps" INTEGER,
    "loss" DOUBLE PRECISION,
    "tokens_per_second" DOUBLE PRECISION,
    "expected_end_at" TIMESTAMPTZ(3),
    "heartbeat_at" TIMESTAMPTZ(3),
    "seconds" DOUBLE PRECISION NOT NULL,
    "gpu_seconds" DOUBLE PRECISION NOT NULL,
    "cost" DOUBLE PRECISION,
    "series_attempt" INTEGER NOT NULL DEFAULT 1,
    "series_offset" BIGINT NOT NULL DEFAULT 0,
    "updated_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "training_runs_pkey" PRIMARY KEY ("round_id")
);

-- CreateTable
CREATE TABLE "training_attempts" (
    "round_id" TEXT NOT NULL,
    "attempt" INTEGER NOT NULL,
    "because" TEXT,
    "opened_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "training_attempts_pkey" PRIMARY KEY ("round_id","attempt")
);

-- CreateTable
CREATE TABLE "training_steps" (
    "round_id" TEXT NOT NULL,
    "phase_index" INTEGER NOT NULL,
    "step" INTEGER NOT NULL,
    "attempt" INTEGER NOT NULL,
    "at" TIMESTAMPTZ(3) NOT NULL,
    "loss" DOUBLE PRECISION,
    "learning_rate" DOUBLE PRECISION,
    "grad_norm" DOUBLE PRECISION,
    "tokens" BIGINT,
    "rewards_margin" DOUBLE PRECISION,
    "rewards_accuracy" DOUBLE PRECISION,

    CONSTRAINT "training_steps_pkey" PRIMARY KEY ("round_id","phase_index","step")
);

-- AddForeignKey
ALTER TABLE "training_runs" ADD CONSTRAINT "training_runs_round_id_fkey" FOREIGN KEY ("round_id") REFERENCES "rounds"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "training_attempts" ADD CONSTRAINT "training_attempts_round_id_fkey" FOREIGN KEY ("round_id") REFERENCES "training_runs"("round_id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "training_steps" ADD CONSTRAINT "training_steps_round_id_fkey" FOREIGN KEY ("round_id") REFERENCES "training_runs"("round_id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- From here on written by hand: what Prisma's schema cannot say.

ALTER TABLE "training_runs" ADD CONSTRAINT "training_runs_state_check"
  CHECK ("state" IN ('pending', 'running', 'paused', 'succeeded', 'failed', 'cancelled'));
ALTER TABLE "training_runs" ADD CONSTRAINT "training_runs_attempt_check" CHECK ("attempt" > 0 AND "series_attempt" > 0);
ALTER TABLE "training_runs" ADD CONSTRAINT "training_runs_progress_check" CHECK (("phase" IS NULL) = ("step" IS NULL));
ALTER TABLE "training_runs" ADD CONSTRAINT "training_runs_usage_check"
  CHECK ("seconds" >= 0 AND "gpu_seconds" >= 0 AND "cost" >= 0 AND "series_offset" >= 0);
ALTER TABLE "training_steps" ADD CONSTRAINT "training_steps_check"
  CHECK ("phase_index" >= 0 AND "step" >= 0 AND "attempt" > 0);

CREATE VIEW "training_status" AS
SELECT
  i."id" AS "iteration_id",
  i."name" AS "iteration_name",
  r."id" AS "round_id",
  r."round_index",
  t."backend",
  t."state",
  t."attempt",
  t."reason",
  t."queue_position",
  t."phase",
  t."step",
  t."max_steps",
  t."loss",
  t."tokens_per_second",
  t."expected_end_at",
  t."heartbeat_at",
  t."seconds",
  t."gpu_seconds",
  (r."recipe" #>> '{cluster,maxGpuHours}')::double precision * 3600 AS "gpu_seconds_budget",
  t."cost",
  (r."recipe" #>> '{cluster,maxGpuHours}')::double precision
    * (r."recipe" #>> '{cluster,gpuHourCost}')::double precision AS "cost_budget",
  t."updated_at"
FROM "training_runs" t
JOIN "rounds" r ON r."id" = t."round_id"
JOIN "iterations" i ON i."id" = r."iteration_id";

COMMENT ON TABLE "training_runs" IS 'The training job of a round, as a worker last saw it.';
COMMENT ON COLUMN "training_runs"."reason" IS 'What it waits for, in the scheduler''s words, or why it ended.';
COMMENT ON COLUMN "training_runs"."queue_position" IS 'Jobs before it; null where the scheduler does not tell, or it waits no more.';
COMMENT ON COLUMN "training_runs"."seconds" IS 'Running time of all its attempts.';
COMMENT ON COLUMN "training_runs"."gpu_seconds" IS 'The same times the GPUs of a run; 0 on a CPU.';
COMMENT ON COLUMN "training_runs"."cost" IS 'By cluster.gpuHourCost of the recipe, in its currency; null without.';
COMMENT ON COLUMN "training_runs"."series_offset" IS 'Bytes of the events of series_attempt that are in training_steps; moves on in the transaction that stores them.';
COMMENT ON TABLE "training_attempts" IS 'The attempts at a training job, as they were first seen.';
COMMENT ON COLUMN "training_attempts"."because" IS 'Why the attempt before was not the last; null of the first.';
COMMENT ON TABLE "training_steps" IS 'Every optimizer step as the trainer reported it; a later attempt''s step has replaced an earlier one''s.';
COMMENT ON COLUMN "training_steps"."phase_index" IS '0, or 1 of DPO after SFT.';
COMMENT ON COLUMN "training_steps"."tokens" IS 'Tokens trained on in this phase so far.';
COMMENT ON VIEW "training_status" IS 'One row a round that has begun to train: where its job is, how fast, what it has used.';
COMMENT ON COLUMN "training_status"."state" IS 'pending, running, paused, succeeded, failed or cancelled.';
COMMENT ON COLUMN "training_status"."gpu_seconds_budget" IS 'By cluster.maxGpuHours of the recipe; null without.';
COMMENT ON COLUMN "training_status"."cost_budget" IS 'What maxGpuHours costs at gpuHourCost; null without both.';
