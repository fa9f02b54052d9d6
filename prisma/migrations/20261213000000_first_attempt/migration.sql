-- AlterTable
ALTER TABLE "training_runs" ADD COLUMN "first_attempt" INTEGER NOT NULL DEFAULT 1;

-- From here on written by hand: what Prisma's schema cannot say.

ALTER TABLE "training_runs" ADD CONSTRAINT "training_runs_first_attempt_check" CHECK ("first_attempt" > 0);

COMMENT ON COLUMN "training_runs"."first_attempt" IS 'The first attempt that counts: 1, or that with which the last retry went on.';
