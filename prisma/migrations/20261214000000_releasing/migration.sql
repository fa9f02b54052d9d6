-- A deployment that somebody asked to be taken out of service, until a worker has done it.
ALTER TABLE "deployments" DROP CONSTRAINT "deployments_state_check";
ALTER TABLE "deployments" ADD CONSTRAINT "deployments_state_check" CHECK ("state" IN ('starting', 'ready', 'releasing', 'released', 'failed'));
