-- AlterTable
ALTER TABLE "training_runs" ADD COLUMN "first_attempt" INTEGER NOT NULL DEFAULT 1,
ADD COLUMN "gpu_seconds_before" DOUBLE PRECISION NOT NULL DEFAULT 0,
ADD COLUMN "seconds_before" DOUBLE PRECISION NOT NULL DEFAULT 0;

-- From here on written by hand: what Prisma's schema cannot say.

ALTER TABLE "training_runs" ADD CONSTRAINT "training_runs_first_attempt_check"
  CHECK ("first_attempt" > 0 AND "seconds_before" >= 0 AND "gpu_seconds_before" >= 0);

COMMENT ON COLUMN "training_runs"."first_attempt" IS 'The first attempt that counts: 1, or that with which the last retry went on.';
COMMENT ON COLUMN "training_runs"."seconds_before" IS 'Of seconds, what the attempts before first_attempt used.';
COMMENT ON COLUMN "training_runs"."gpu_seconds_before" IS 'Of gpu_seconds, what the attempts before first_attempt used.';
