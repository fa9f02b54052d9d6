-- CreateTable
CREATE TABLE "reverifications" (
    "id" TEXT NOT NULL,
    "round_id" TEXT NOT NULL,
    "filter" JSONB NOT NULL,
    "idempotency_key" TEXT,
    "status" TEXT NOT NULL DEFAULT 'pending',
    "total" INTEGER NOT NULL,
    "checked" INTEGER NOT NULL DEFAULT 0,
    "appended" INTEGER NOT NULL DEFAULT 0,
    "changes" JSONB NOT NULL DEFAULT '[]',
    "after" JSONB,
    "claim" INTEGER NOT NULL DEFAULT 0,
    "owner" TEXT,
    "lease_until" TIMESTAMPTZ(3),
    "look_again_at" TIMESTAMPTZ(3),
    "failures" INTEGER NOT NULL DEFAULT 0,
    "reason" TEXT,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "started_at" TIMESTAMPTZ(3),
    "finished_at" TIMESTAMPTZ(3),

    CONSTRAINT "reverifications_pkey" PRIMARY KEY ("id")
);

-- CreateIndex
CREATE UNIQUE INDEX "reverifications_idempotency_key_key" ON "reverifications"("idempotency_key");

-- CreateIndex
CREATE INDEX "reverifications_round_id_created_at_idx" ON "reverifications"("round_id", "created_at");

-- CreateIndex
CREATE INDEX "reverifications_status_idx" ON "reverifications"("status");

-- AddForeignKey
ALTER TABLE "reverifications" ADD CONSTRAINT "reverifications_round_id_fkey" FOREIGN KEY ("round_id") REFERENCES "rounds"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- From here on written by hand: what Prisma's schema cannot say.

ALTER TABLE "reverifications" ADD CONSTRAINT "reverifications_status_check"
  CHECK ("status" IN ('pending', 'claimed', 'done', 'failed'));
ALTER TABLE "reverifications" ADD CONSTRAINT "reverifications_claimed_check"
  CHECK (("status" = 'claimed') = ("lease_until" IS NOT NULL) AND ("status" = 'claimed') = ("owner" IS NOT NULL));

-- A new verdict stands beside the old ones.

CREATE TRIGGER "verdicts_append_only" BEFORE UPDATE OR DELETE ON "verdicts"
  FOR EACH ROW EXECUTE FUNCTION "refuse_change"();

COMMENT ON TABLE "reverifications" IS 'Stored trajectories of a round being verified again; the new verdicts stand beside the old ones.';
COMMENT ON COLUMN "reverifications"."total" IS 'Trajectories that the filter found when it was asked for.';
COMMENT ON COLUMN "reverifications"."appended" IS 'Verdicts that were stored, because they are not the same as the one before.';
COMMENT ON COLUMN "reverifications"."changes" IS 'How many decisions changed, from which to which.';
COMMENT ON COLUMN "reverifications"."claim" IS 'Fencing number: only the holder of the newest may write.';
