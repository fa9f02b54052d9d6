import { describeTrainingStore } from '@ratchet/ports/testing/training-store-contract.ts'
import { createRoundStore } from './round-store.ts'
import { createPostgresWorld } from './testing/postgres-world.ts'
import { createTrainingStore } from './training-store.ts'

describeTrainingStore('PostgreSQL', async () => {
  const { pool, prisma, problemSetId, close } = await createPostgresWorld()
  return { training: createTrainingStore(pool), rounds: createRoundStore(prisma), problemSetId, close }
})
