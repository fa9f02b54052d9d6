import { describeArtifactStores } from '@ratchet/ports/testing/artifact-store-contract.ts'
import { createCheckpointStore } from './checkpoint-store.ts'
import { createDatasetStore } from './dataset-store.ts'
import { createDeploymentStore } from './deployment-store.ts'
import { createReportStore } from './report-store.ts'
import { createRoundStore } from './round-store.ts'
import { createPostgresWorld } from './testing/postgres-world.ts'

describeArtifactStores('PostgreSQL', async () => {
  const { prisma, problemSetId, close } = await createPostgresWorld()
  return {
    datasets: createDatasetStore(prisma),
    checkpoints: createCheckpointStore(prisma),
    deployments: createDeploymentStore(prisma),
    reports: createReportStore(prisma),
    rounds: createRoundStore(prisma),
    problemSetId,
    close,
  }
})
