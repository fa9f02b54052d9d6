-- CreateTable
CREATE TABLE "problem_sets" (
    "id" TEXT NOT NULL,
    "name" TEXT NOT NULL,
    "count" INTEGER NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "problem_sets_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "problem_set_names" (
    "name" TEXT NOT NULL,
    "problem_set_id" TEXT NOT NULL,
    "named_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "problem_set_names_pkey" PRIMARY KEY ("name","problem_set_id")
);

-- CreateTable
CREATE TABLE "problems" (
    "problem_set_id" TEXT NOT NULL,
    "position" INTEGER NOT NULL,
    "problem_id" TEXT NOT NULL,
    "prompt" TEXT NOT NULL,
    "verification" JSONB NOT NULL,
    "domain" TEXT,
    "difficulty" DOUBLE PRECISION,

    CONSTRAINT "problems_pkey" PRIMARY KEY ("problem_set_id","position")
);

-- CreateTable
CREATE TABLE "demonstration_sets" (
    "id" TEXT NOT NULL,
    "name" TEXT NOT NULL,
    "problem_set_id" TEXT NOT NULL,
    "count" INTEGER NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "demonstration_sets_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "demonstration_set_names" (
    "name" TEXT NOT NULL,
    "demonstration_set_id" TEXT NOT NULL,
    "named_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "demonstration_set_names_pkey" PRIMARY KEY ("name","demonstration_set_id")
);

-- CreateTable
CREATE TABLE "demonstrations" (
    "demonstration_set_id" TEXT NOT NULL,
    "position" INTEGER NOT NULL,
    "problem_id" TEXT NOT NULL,
    "text" TEXT NOT NULL,

    CONSTRAINT "demonstrations_pkey" PRIMARY KEY ("demonstration_set_id","position")
);

-- CreateTable
CREATE TABLE "iterations" (
    "id" TEXT NOT NULL,
    "name" TEXT NOT NULL,
    "state" TEXT NOT NULL,
    "reason" TEXT,
    "recipe" JSONB NOT NULL,
    "problem_set_id" TEXT NOT NULL,
    "incumbent_checkpoint_id" TEXT,
    "idempotency_key" TEXT,
    "revision" INTEGER NOT NULL DEFAULT 0,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "updated_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "finished_at" TIMESTAMPTZ(3),

    CONSTRAINT "iterations_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "rounds" (
    "id" TEXT NOT NULL,
    "iteration_id" TEXT NOT NULL,
    "round_index" INTEGER NOT NULL,
    "recipe" JSONB NOT NULL,
    "state" TEXT NOT NULL DEFAULT 'waiting',
    "reason" TEXT,
    "incumbent_checkpoint_id" TEXT,
    "candidate_checkpoint_id" TEXT,
    "results" JSONB NOT NULL DEFAULT '{}',
    "revision" INTEGER NOT NULL DEFAULT 0,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "updated_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "started_at" TIMESTAMPTZ(3),
    "finished_at" TIMESTAMPTZ(3),

    CONSTRAINT "rounds_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "stages" (
    "round_id" TEXT NOT NULL,
    "stage" TEXT NOT NULL,
    "shards" INTEGER NOT NULL,
    "planned_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "stages_pkey" PRIMARY KEY ("round_id","stage")
);

-- CreateTable
CREATE TABLE "shards" (
    "round_id" TEXT NOT NULL,
    "stage" TEXT NOT NULL,
    "shard_index" INTEGER NOT NULL,
    "status" TEXT NOT NULL DEFAULT 'pending',
    "input" JSONB NOT NULL,
    "result" JSONB,
    "claim" INTEGER NOT NULL DEFAULT 0,
    "owner" TEXT,
    "lease_until" TIMESTAMPTZ(3),
    "look_again_at" TIMESTAMPTZ(3),
    "waiting_since" TIMESTAMPTZ(3),
    "failures" INTEGER NOT NULL DEFAULT 0,
    "reason" TEXT,
    "progress" JSONB,
    "started_at" TIMESTAMPTZ(3),
    "finished_at" TIMESTAMPTZ(3),

    CONSTRAINT "shards_pkey" PRIMARY KEY ("round_id","stage","shard_index")
);

-- CreateTable
CREATE TABLE "round_events" (
    "seq" BIGSERIAL NOT NULL,
    "iteration_id" TEXT NOT NULL,
    "round_id" TEXT,
    "kind" TEXT NOT NULL,
    "body" JSONB NOT NULL,
    "at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "round_events_pkey" PRIMARY KEY ("seq")
);

-- CreateTable
CREATE TABLE "trajectories" (
    "id" TEXT NOT NULL,
    "round_id" TEXT NOT NULL,
    "purpose" TEXT NOT NULL,
    "problem_set_id" TEXT NOT NULL,
    "problem_id" TEXT NOT NULL,
    "sample_index" INTEGER NOT NULL,
    "policy_version" TEXT NOT NULL,
    "endpoint" TEXT NOT NULL,
    "seed" BIGINT NOT NULL,
    "template_hash" TEXT NOT NULL,
    "finish" TEXT NOT NULL,
    "failure" TEXT,
    "prompt_tokens" INTEGER NOT NULL,
    "completion_tokens" INTEGER NOT NULL,
    "logprob_sum" DOUBLE PRECISION,
    "text_sha256" TEXT NOT NULL,
    "segment_key" TEXT NOT NULL,
    "segment_offset" BIGINT NOT NULL,
    "segment_length" INTEGER NOT NULL,
    "decision" TEXT NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "trajectories_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "verdicts" (
    "id" BIGSERIAL NOT NULL,
    "trajectory_id" TEXT NOT NULL,
    "decision" TEXT NOT NULL,
    "reason" TEXT NOT NULL,
    "extracted" TEXT,
    "verifier" TEXT NOT NULL,
    "at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "verdicts_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "perplexities" (
    "trajectory_id" TEXT NOT NULL,
    "model" TEXT NOT NULL,
    "value" DOUBLE PRECISION NOT NULL,
    "at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "perplexities_pkey" PRIMARY KEY ("trajectory_id","model")
);

-- CreateTable
CREATE TABLE "curation_decisions" (
    "round_id" TEXT NOT NULL,
    "curation_id" TEXT NOT NULL,
    "trajectory_id" TEXT NOT NULL,
    "kept" BOOLEAN NOT NULL,
    "rule" TEXT,
    "value" TEXT,
    "at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "curation_decisions_pkey" PRIMARY KEY ("round_id","curation_id","trajectory_id")
);

-- CreateTable
CREATE TABLE "dataset_versions" (
    "round_id" TEXT NOT NULL,
    "kind" TEXT NOT NULL,
    "curation_id" TEXT NOT NULL,
    "id" TEXT NOT NULL,
    "iteration_id" TEXT NOT NULL,
    "manifest" JSONB NOT NULL,
    "prefix" TEXT NOT NULL,
    "rows" INTEGER NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "dataset_versions_pkey" PRIMARY KEY ("round_id","kind","curation_id")
);

-- CreateTable
CREATE TABLE "checkpoints" (
    "id" TEXT NOT NULL,
    "iteration_id" TEXT NOT NULL,
    "round_id" TEXT,
    "path" TEXT NOT NULL,
    "manifest_sha256" TEXT,
    "metrics" JSONB NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "checkpoints_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "deployments" (
    "iteration_id" TEXT NOT NULL,
    "name" TEXT NOT NULL,
    "round_id" TEXT NOT NULL,
    "checkpoint_id" TEXT NOT NULL,
    "state" TEXT NOT NULL,
    "endpoints" JSONB NOT NULL,
    "reason" TEXT,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "updated_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "deployments_pkey" PRIMARY KEY ("iteration_id","name")
);

-- CreateTable
CREATE TABLE "evaluation_reports" (
    "round_id" TEXT NOT NULL,
    "checkpoint_id" TEXT NOT NULL,
    "benchmark" TEXT NOT NULL,
    "iteration_id" TEXT NOT NULL,
    "problem_set_id" TEXT NOT NULL,
    "pass_at_1" DOUBLE PRECISION NOT NULL,
    "report" JSONB NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "evaluation_reports_pkey" PRIMARY KEY ("round_id","checkpoint_id","benchmark")
);

-- CreateIndex
CREATE UNIQUE INDEX "problems_problem_set_id_problem_id_key" ON "problems"("problem_set_id", "problem_id");

-- CreateIndex
CREATE UNIQUE INDEX "iterations_idempotency_key_key" ON "iterations"("idempotency_key");

-- CreateIndex
CREATE INDEX "iterations_created_at_id_idx" ON "iterations"("created_at", "id");

-- CreateIndex
CREATE INDEX "iterations_state_idx" ON "iterations"("state");

-- CreateIndex
CREATE INDEX "rounds_state_idx" ON "rounds"("state");

-- CreateIndex
CREATE UNIQUE INDEX "rounds_iteration_id_round_index_key" ON "rounds"("iteration_id", "round_index");

-- CreateIndex
CREATE INDEX "round_events_iteration_id_seq_idx" ON "round_events"("iteration_id", "seq");

-- CreateIndex
CREATE UNIQUE INDEX "trajectories_round_id_purpose_problem_set_id_problem_id_sam_key" ON "trajectories"("round_id", "purpose", "problem_set_id", "problem_id", "sample_index");

-- CreateIndex
CREATE INDEX "verdicts_trajectory_id_id_idx" ON "verdicts"("trajectory_id", "id");

-- CreateIndex
CREATE INDEX "curation_decisions_trajectory_id_idx" ON "curation_decisions"("trajectory_id");

-- CreateIndex
CREATE INDEX "dataset_versions_id_idx" ON "dataset_versions"("id");

-- CreateIndex
CREATE INDEX "dataset_versions_iteration_id_created_at_idx" ON "dataset_versions"("iteration_id", "created_at");

-- CreateIndex
CREATE INDEX "checkpoints_iteration_id_created_at_idx" ON "checkpoints"("iteration_id", "created_at");

-- CreateIndex
CREATE INDEX "evaluation_reports_checkpoint_id_benchmark_idx" ON "evaluation_reports"("checkpoint_id", "benchmark");

-- CreateIndex
CREATE INDEX "evaluation_reports_iteration_id_created_at_idx" ON "evaluation_reports"("iteration_id", "created_at");

-- AddForeignKey
ALTER TABLE "problem_set_names" ADD CONSTRAINT "problem_set_names_problem_set_id_fkey" FOREIGN KEY ("problem_set_id") REFERENCES "problem_sets"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "problems" ADD CONSTRAINT "problems_problem_set_id_fkey" FOREIGN KEY ("problem_set_id") REFERENCES "problem_sets"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "demonstration_sets" ADD CONSTRAINT "demonstration_sets_problem_set_id_fkey" FOREIGN KEY ("problem_set_id") REFERENCES "problem_sets"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "demonstration_set_names" ADD CONSTRAINT "demonstration_set_names_demonstration_set_id_fkey" FOREIGN KEY ("demonstration_set_id") REFERENCES "demonstration_sets"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "demonstrations" ADD CONSTRAINT "demonstrations_demonstration_set_id_fkey" FOREIGN KEY ("demonstration_set_id") REFERENCES "demonstration_sets"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "iterations" ADD CONSTRAINT "iterations_problem_set_id_fkey" FOREIGN KEY ("problem_set_id") REFERENCES "problem_sets"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "rounds" ADD CONSTRAINT "rounds_iteration_id_fkey" FOREIGN KEY ("iteration_id") REFERENCES "iterations"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "stages" ADD CONSTRAINT "stages_round_id_fkey" FOREIGN KEY ("round_id") REFERENCES "rounds"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "shards" ADD CONSTRAINT "shards_round_id_stage_fkey" FOREIGN KEY ("round_id", "stage") REFERENCES "stages"("round_id", "stage") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "round_events" ADD CONSTRAINT "round_events_iteration_id_fkey" FOREIGN KEY ("iteration_id") REFERENCES "iterations"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "round_events" ADD CONSTRAINT "round_events_round_id_fkey" FOREIGN KEY ("round_id") REFERENCES "rounds"("id") ON DELETE SET NULL ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "trajectories" ADD CONSTRAINT "trajectories_round_id_fkey" FOREIGN KEY ("round_id") REFERENCES "rounds"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "trajectories" ADD CONSTRAINT "trajectories_problem_set_id_fkey" FOREIGN KEY ("problem_set_id") REFERENCES "problem_sets"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "verdicts" ADD CONSTRAINT "verdicts_trajectory_id_fkey" FOREIGN KEY ("trajectory_id") REFERENCES "trajectories"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "perplexities" ADD CONSTRAINT "perplexities_trajectory_id_fkey" FOREIGN KEY ("trajectory_id") REFERENCES "trajectories"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "curation_decisions" ADD CONSTRAINT "curation_decisions_round_id_fkey" FOREIGN KEY ("round_id") REFERENCES "rounds"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "curation_decisions" ADD CONSTRAINT "curation_decisions_trajectory_id_fkey" FOREIGN KEY ("trajectory_id") REFERENCES "trajectories"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "dataset_versions" ADD CONSTRAINT "dataset_versions_iteration_id_fkey" FOREIGN KEY ("iteration_id") REFERENCES "iterations"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "dataset_versions" ADD CONSTRAINT "dataset_versions_round_id_fkey" FOREIGN KEY ("round_id") REFERENCES "rounds"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "checkpoints" ADD CONSTRAINT "checkpoints_iteration_id_fkey" FOREIGN KEY ("iteration_id") REFERENCES "iterations"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "checkpoints" ADD CONSTRAINT "checkpoints_round_id_fkey" FOREIGN KEY ("round_id") REFERENCES "rounds"("id") ON DELETE SET NULL ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "deployments" ADD CONSTRAINT "deployments_iteration_id_fkey" FOREIGN KEY ("iteration_id") REFERENCES "iterations"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "deployments" ADD CONSTRAINT "deployments_round_id_fkey" FOREIGN KEY ("round_id") REFERENCES "rounds"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "evaluation_reports" ADD CONSTRAINT "evaluation_reports_iteration_id_fkey" FOREIGN KEY ("iteration_id") REFERENCES "iterations"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "evaluation_reports" ADD CONSTRAINT "evaluation_reports_round_id_fkey" FOREIGN KEY ("round_id") REFERENCES "rounds"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "evaluation_reports" ADD CONSTRAINT "evaluation_reports_problem_set_id_fkey" FOREIGN KEY ("problem_set_id") REFERENCES "problem_sets"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- From here on written by hand: what Prisma's schema cannot say.

-- The words that states are written in.

ALTER TABLE "iterations" ADD CONSTRAINT "iterations_state_check"
  CHECK ("state" IN ('running', 'paused', 'cancelling', 'cancelled', 'succeeded', 'failed'));
ALTER TABLE "rounds" ADD CONSTRAINT "rounds_state_check"
  CHECK ("state" IN ('waiting', 'explore', 'score', 'curate', 'train', 'deploy', 'evaluate', 'accepted', 'rejected', 'failed', 'cancelled'));
ALTER TABLE "rounds" ADD CONSTRAINT "rounds_index_check" CHECK ("round_index" >= 0);
ALTER TABLE "stages" ADD CONSTRAINT "stages_stage_check"
  CHECK ("stage" IN ('explore', 'score', 'curate', 'train', 'deploy', 'evaluate'));
ALTER TABLE "shards" ADD CONSTRAINT "shards_status_check"
  CHECK ("status" IN ('pending', 'claimed', 'waiting', 'done', 'failed'));
ALTER TABLE "shards" ADD CONSTRAINT "shards_claimed_check"
  CHECK (("status" = 'claimed') = ("lease_until" IS NOT NULL) AND ("status" = 'claimed') = ("owner" IS NOT NULL));
ALTER TABLE "shards" ADD CONSTRAINT "shards_waiting_check" CHECK ("status" <> 'waiting' OR "look_again_at" IS NOT NULL);
ALTER TABLE "trajectories" ADD CONSTRAINT "trajectories_purpose_check" CHECK ("purpose" IN ('explore', 'evaluate'));
ALTER TABLE "trajectories" ADD CONSTRAINT "trajectories_finish_check" CHECK ("finish" IN ('stop', 'length', 'error'));
ALTER TABLE "trajectories" ADD CONSTRAINT "trajectories_decision_check" CHECK ("decision" IN ('correct', 'incorrect', 'undecided'));
ALTER TABLE "verdicts" ADD CONSTRAINT "verdicts_decision_check" CHECK ("decision" IN ('correct', 'incorrect', 'undecided'));
ALTER TABLE "dataset_versions" ADD CONSTRAINT "dataset_versions_kind_check" CHECK ("kind" IN ('sft', 'preference'));
ALTER TABLE "deployments" ADD CONSTRAINT "deployments_state_check" CHECK ("state" IN ('starting', 'ready', 'released', 'failed'));

-- Events. A number is drawn only while the iteration is locked, and the lock ends after the commit: whoever reads
-- `seq > n` of one iteration can never see a higher number before a lower one.

CREATE FUNCTION "number_round_event"() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM pg_advisory_xact_lock(hashtext('round_events'), hashtext(NEW.iteration_id));
  NEW.seq := nextval(pg_get_serial_sequence('round_events', 'seq'));
  NEW.at := clock_timestamp();
  RETURN NEW;
END $$;

CREATE TRIGGER "round_events_number" BEFORE INSERT ON "round_events"
  FOR EACH ROW EXECUTE FUNCTION "number_round_event"();

CREATE FUNCTION "refuse_change"() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION 'table % is append-only', TG_TABLE_NAME;
END $$;

CREATE TRIGGER "round_events_append_only" BEFORE UPDATE OR DELETE ON "round_events"
  FOR EACH ROW EXECUTE FUNCTION "refuse_change"();

-- The newest verdict's decision is copied to the trajectory, where lists and counts read it.

CREATE FUNCTION "copy_newest_decision"() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  UPDATE "trajectories" t SET "decision" = newest."decision"
  FROM (SELECT DISTINCT ON ("trajectory_id") "trajectory_id", "decision" FROM "added" ORDER BY "trajectory_id", "id" DESC) newest
  WHERE t."id" = newest."trajectory_id" AND t."decision" <> newest."decision";
  RETURN NULL;
END $$;

CREATE TRIGGER "verdicts_copy_decision" AFTER INSERT ON "verdicts"
  REFERENCING NEW TABLE AS "added" FOR EACH STATEMENT EXECUTE FUNCTION "copy_newest_decision"();

-- Views, for anybody's SQL. Times are with time zone, shares in [0, 1].

CREATE VIEW "stage_progress" AS
SELECT
  i."id" AS "iteration_id",
  i."name" AS "iteration_name",
  r."id" AS "round_id",
  r."round_index",
  n."stage_index",
  n."stage",
  CASE
    WHEN r."results" ? n."stage" OR r."state" IN ('accepted', 'rejected') THEN 'done'
    WHEN r."state" = n."stage" AND s."round_id" IS NULL THEN 'planning'
    WHEN r."state" = n."stage" THEN 'running'
    WHEN r."state" IN ('failed', 'cancelled') AND s."round_id" IS NOT NULL THEN r."state"
    ELSE 'pending'
  END AS "state",
  COALESCE(s."shards", 0) AS "shards_total",
  h."shards_done",
  h."shards_claimed",
  h."shards_waiting",
  h."shards_failed",
  h."failures",
  h."progress_done",
  h."progress_total",
  h."progress_unit",
  h."progress_note",
  h."reason",
  h."look_again_at",
  s."planned_at",
  h."started_at",
  CASE WHEN h."shards_done" = s."shards" THEN h."finished_at" END AS "finished_at"
FROM "rounds" r
JOIN "iterations" i ON i."id" = r."iteration_id"
CROSS JOIN (VALUES (0, 'explore'), (1, 'score'), (2, 'curate'), (3, 'train'), (4, 'deploy'), (5, 'evaluate')) AS n ("stage_index", "stage")
LEFT JOIN "stages" s ON s."round_id" = r."id" AND s."stage" = n."stage"
LEFT JOIN LATERAL (
  SELECT
    count(*) FILTER (WHERE p."status" = 'done')::int AS "shards_done",
    count(*) FILTER (WHERE p."status" = 'claimed')::int AS "shards_claimed",
    count(*) FILTER (WHERE p."status" = 'waiting')::int AS "shards_waiting",
    count(*) FILTER (WHERE p."status" = 'failed')::int AS "shards_failed",
    COALESCE(sum(p."failures"), 0)::int AS "failures",
    COALESCE(sum((p."progress" ->> 'done')::double precision), 0) AS "progress_done",
    COALESCE(sum((p."progress" ->> 'total')::double precision), 0) AS "progress_total",
    max(p."progress" ->> 'unit') AS "progress_unit",
    (array_agg(p."progress" ->> 'note' ORDER BY p."status" = 'claimed' DESC, p."shard_index")
      FILTER (WHERE p."status" <> 'done' AND p."progress" ->> 'note' IS NOT NULL))[1] AS "progress_note",
    (array_agg(p."reason" ORDER BY p."status" = 'failed' DESC, p."shard_index")
      FILTER (WHERE p."status" <> 'done' AND p."reason" IS NOT NULL))[1] AS "reason",
    min(p."look_again_at") FILTER (WHERE p."status" <> 'done') AS "look_again_at",
    min(p."started_at") AS "started_at",
    max(p."finished_at") AS "finished_at"
  FROM "shards" p
  WHERE p."round_id" = s."round_id" AND p."stage" = s."stage"
) h ON true;

CREATE VIEW "round_status" AS
SELECT
  i."id" AS "iteration_id",
  i."name" AS "iteration_name",
  r."id" AS "round_id",
  r."round_index",
  r."state",
  p."stage",
  COALESCE(r."reason", p."reason") AS "reason",
  p."shards_done",
  p."shards_total",
  p."progress_done",
  p."progress_total",
  p."progress_unit",
  t."rollouts",
  t."correct",
  t."incorrect",
  t."undecided",
  t."failed",
  t."correct"::double precision / NULLIF(t."rollouts", 0) AS "correct_share",
  t."prompt_tokens",
  t."completion_tokens",
  t."evaluation_rollouts",
  t."evaluation_prompt_tokens",
  t."evaluation_completion_tokens",
  sft."id" AS "sft_dataset_id",
  sft."rows" AS "sft_rows",
  preference."id" AS "preference_dataset_id",
  preference."rows" AS "preference_rows",
  r."incumbent_checkpoint_id",
  r."candidate_checkpoint_id",
  gate."benchmark" AS "gate_benchmark",
  candidate."pass_at_1" AS "candidate_pass_at_1",
  incumbent."pass_at_1" AS "incumbent_pass_at_1",
  CASE WHEN r."state" IN ('accepted', 'rejected') THEN r."state" END AS "gate_decision",
  r."started_at",
  r."finished_at",
  r."updated_at"
FROM "rounds" r
JOIN "iterations" i ON i."id" = r."iteration_id"
LEFT JOIN "stage_progress" p ON p."round_id" = r."id" AND p."stage" = r."state"
LEFT JOIN LATERAL (
  SELECT COALESCE(r."recipe" #>> '{evaluate,gate,benchmark}', r."recipe" #>> '{evaluate,benchmarks,0,name}') AS "benchmark"
) gate ON true
LEFT JOIN LATERAL (
  SELECT
    (count(*) FILTER (WHERE x."sampled"))::bigint AS "rollouts",
    (count(*) FILTER (WHERE x."sampled" AND x."finish" <> 'error' AND x."decision" = 'correct'))::bigint AS "correct",
    (count(*) FILTER (WHERE x."sampled" AND x."finish" <> 'error' AND x."decision" = 'incorrect'))::bigint AS "incorrect",
    (count(*) FILTER (WHERE x."sampled" AND x."finish" <> 'error' AND x."decision" = 'undecided'))::bigint AS "undecided",
    (count(*) FILTER (WHERE x."sampled" AND x."finish" = 'error'))::bigint AS "failed",
    COALESCE(sum(x."prompt_tokens") FILTER (WHERE x."sampled"), 0)::bigint AS "prompt_tokens",
    COALESCE(sum(x."completion_tokens") FILTER (WHERE x."sampled"), 0)::bigint AS "completion_tokens",
    (count(*) FILTER (WHERE NOT x."sampled"))::bigint AS "evaluation_rollouts",
    COALESCE(sum(x."prompt_tokens") FILTER (WHERE NOT x."sampled"), 0)::bigint AS "evaluation_prompt_tokens",
    COALESCE(sum(x."completion_tokens") FILTER (WHERE NOT x."sampled"), 0)::bigint AS "evaluation_completion_tokens"
  FROM (SELECT y.*, y."purpose" <> 'evaluate' AS "sampled" FROM "trajectories" y WHERE y."round_id" = r."id") x
) t ON true
LEFT JOIN LATERAL (
  SELECT d."id", d."rows" FROM "dataset_versions" d
  WHERE d."round_id" = r."id" AND d."kind" = 'sft' ORDER BY d."created_at" DESC LIMIT 1
) sft ON true
LEFT JOIN LATERAL (
  SELECT d."id", d."rows" FROM "dataset_versions" d
  WHERE d."round_id" = r."id" AND d."kind" = 'preference' ORDER BY d."created_at" DESC LIMIT 1
) preference ON true
LEFT JOIN LATERAL (
  SELECT e."pass_at_1" FROM "evaluation_reports" e
  WHERE e."checkpoint_id" = r."candidate_checkpoint_id" AND e."benchmark" = gate."benchmark" ORDER BY e."created_at" DESC LIMIT 1
) candidate ON true
LEFT JOIN LATERAL (
  SELECT e."pass_at_1" FROM "evaluation_reports" e
  WHERE e."checkpoint_id" = r."incumbent_checkpoint_id" AND e."benchmark" = gate."benchmark" ORDER BY e."created_at" DESC LIMIT 1
) incumbent ON true;

CREATE VIEW "iteration_status" AS
SELECT
  i."id" AS "iteration_id",
  i."name" AS "iteration_name",
  i."state",
  i."reason",
  i."problem_set_id",
  r."rounds_total",
  r."rounds_finished",
  c."round_index" AS "current_round_index",
  c."state" AS "current_round_state",
  c."reason" AS "current_reason",
  c."shards_done",
  c."shards_total",
  c."progress_done",
  c."progress_total",
  c."progress_unit",
  r."rollouts",
  r."correct",
  r."prompt_tokens",
  r."completion_tokens",
  r."evaluation_rollouts",
  r."evaluation_prompt_tokens",
  r."evaluation_completion_tokens",
  i."incumbent_checkpoint_id",
  best."benchmark" AS "gate_benchmark",
  best."pass_at_1" AS "incumbent_pass_at_1",
  i."created_at",
  i."finished_at",
  i."updated_at"
FROM "iterations" i
LEFT JOIN LATERAL (
  SELECT
    count(*)::int AS "rounds_total",
    (count(*) FILTER (WHERE s."state" IN ('accepted', 'rejected', 'failed', 'cancelled')))::int AS "rounds_finished",
    COALESCE(sum(s."rollouts"), 0)::bigint AS "rollouts",
    COALESCE(sum(s."correct"), 0)::bigint AS "correct",
    COALESCE(sum(s."prompt_tokens"), 0)::bigint AS "prompt_tokens",
    COALESCE(sum(s."completion_tokens"), 0)::bigint AS "completion_tokens",
    COALESCE(sum(s."evaluation_rollouts"), 0)::bigint AS "evaluation_rollouts",
    COALESCE(sum(s."evaluation_prompt_tokens"), 0)::bigint AS "evaluation_prompt_tokens",
    COALESCE(sum(s."evaluation_completion_tokens"), 0)::bigint AS "evaluation_completion_tokens"
  FROM "round_status" s WHERE s."iteration_id" = i."id"
) r ON true
LEFT JOIN LATERAL (
  SELECT o."round_index", o."state", COALESCE(o."reason", p."reason") AS "reason",
    p."shards_done", p."shards_total", p."progress_done", p."progress_total", p."progress_unit"
  FROM "rounds" o
  LEFT JOIN "stage_progress" p ON p."round_id" = o."id" AND p."stage" = o."state"
  WHERE o."iteration_id" = i."id" AND o."state" <> 'waiting'
  ORDER BY o."round_index" DESC LIMIT 1
) c ON true
LEFT JOIN LATERAL (
  SELECT e."benchmark", e."pass_at_1" FROM "evaluation_reports" e
  WHERE e."checkpoint_id" = i."incumbent_checkpoint_id"
    AND e."benchmark" = COALESCE(i."recipe" #>> '{evaluate,gate,benchmark}', i."recipe" #>> '{evaluate,benchmarks,0,name}')
  ORDER BY e."created_at" DESC LIMIT 1
) best ON true;

-- Documentation that travels with the database.

COMMENT ON TABLE "problem_sets" IS 'Versioned lists of problems; the id is the hash of the content.';
COMMENT ON TABLE "problem_set_names" IS 'The names under which a problem set was uploaded; the newest of a name is what the name means.';
COMMENT ON TABLE "problems" IS 'Questions and how their answers are verified, in the order of the upload.';
COMMENT ON TABLE "demonstration_sets" IS 'Imported solutions that round 0 imitates; the id is the hash of the content.';
COMMENT ON TABLE "demonstration_set_names" IS 'The names under which a demonstration set was imported; the newest of a name is what the name means.';
COMMENT ON TABLE "demonstrations" IS 'Whole completions in the recipe''s thought format, in the order of the import.';
COMMENT ON TABLE "iterations" IS 'Runs of the loop: a recipe, a base model, a number of rounds.';
COMMENT ON COLUMN "iterations"."revision" IS 'Grows with every change; a change names the revision it was decided on.';
COMMENT ON COLUMN "iterations"."idempotency_key" IS 'Given by whoever started it; the same key never starts a second iteration.';
COMMENT ON COLUMN "iterations"."incumbent_checkpoint_id" IS 'The checkpoint that won the last promotion gate.';
COMMENT ON TABLE "rounds" IS 'Turns of the loop. Round 0 imitates the teacher, the others explore with the incumbent.';
COMMENT ON COLUMN "rounds"."state" IS 'waiting, the stage that is running, or accepted, rejected, failed, cancelled.';
COMMENT ON COLUMN "rounds"."results" IS 'What each finished stage reported, by stage.';
COMMENT ON TABLE "stages" IS 'The stages that were planned, and into how many shards.';
COMMENT ON TABLE "shards" IS 'Units of work, each claimed by one worker at a time.';
COMMENT ON COLUMN "shards"."claim" IS 'Fencing number: only the holder of the newest may write.';
COMMENT ON COLUMN "shards"."lease_until" IS 'A claimed shard may be taken from its owner after this.';
COMMENT ON COLUMN "shards"."look_again_at" IS 'A pending or waiting shard is not taken before this.';
COMMENT ON COLUMN "shards"."failures" IS 'Attempts that failed, expired leases included.';
COMMENT ON TABLE "round_events" IS 'What happened, append-only. Within one iteration seq grows in the order in which rows become visible.';
COMMENT ON TABLE "trajectories" IS 'Attempts at problems, without their texts: those are length bytes from offset of the uncompressed segment.';
COMMENT ON COLUMN "trajectories"."decision" IS 'The decision of the newest verdict, kept by a trigger.';
COMMENT ON COLUMN "trajectories"."logprob_sum" IS 'Sum of the natural-log probabilities of the completion''s tokens under the model that sampled them.';
COMMENT ON TABLE "verdicts" IS 'Verifiers'' decisions on trajectories; the newest, by id, counts.';
COMMENT ON TABLE "perplexities" IS 'exp of the mean negative log probability of a trajectory''s completion tokens under a model.';
COMMENT ON TABLE "curation_decisions" IS 'What a curation kept, and which rule rejected the rest by which value.';
COMMENT ON TABLE "dataset_versions" IS 'Immutable curated sets; the content is in the object store under the prefix.';
COMMENT ON TABLE "checkpoints" IS 'Trained weights, on storage that trainer and endpoints share.';
COMMENT ON TABLE "deployments" IS 'Checkpoints in service under versioned model names.';
COMMENT ON TABLE "evaluation_reports" IS 'Scores of a checkpoint on a benchmark.';

COMMENT ON VIEW "stage_progress" IS 'One row a round and stage, also those still to come: how far it is and what it waits for.';
COMMENT ON COLUMN "stage_progress"."state" IS 'pending, planning, running, done, failed or cancelled.';
COMMENT ON COLUMN "stage_progress"."progress_done" IS 'Summed over the shards, in progress_unit.';
COMMENT ON COLUMN "stage_progress"."progress_total" IS 'Summed over the shards that have reported so far, in progress_unit.';
COMMENT ON COLUMN "stage_progress"."reason" IS 'Why a shard failed or what one waits for; the failed first.';
COMMENT ON VIEW "round_status" IS 'One row a round: its state, the progress of its current stage, what it sampled, made and decided.';
COMMENT ON COLUMN "round_status"."rollouts" IS 'Trajectories of exploration and demonstration: correct + incorrect + undecided + failed.';
COMMENT ON COLUMN "round_status"."failed" IS 'Rollouts whose endpoint failed for good.';
COMMENT ON COLUMN "round_status"."candidate_pass_at_1" IS 'On the gate''s benchmark.';
COMMENT ON COLUMN "round_status"."gate_decision" IS 'accepted or rejected, once decided.';
COMMENT ON VIEW "iteration_status" IS 'One row an iteration: where it is, what it waits for, what it cost, how good its incumbent is.';
COMMENT ON COLUMN "iteration_status"."current_round_index" IS 'The last round that began.';
COMMENT ON COLUMN "iteration_status"."incumbent_pass_at_1" IS 'The incumbent''s latest pass@1 on the gate''s benchmark.';
