-- AlterTable
ALTER TABLE "checkpoints" ADD COLUMN "uri" TEXT;

-- From here on written by hand: what Prisma's schema cannot say.

COMMENT ON COLUMN "checkpoints"."uri" IS 'Where the checkpoint was pushed to in the object store; null where it was not.';
