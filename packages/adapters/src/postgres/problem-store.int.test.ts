import { describeDemonstrationStore } from '@ratchet/ports/testing/demonstration-store-contract.ts'
import { describeProblemStore } from '@ratchet/ports/testing/problem-store-contract.ts'
import { createDemonstrationStore } from './demonstration-store.ts'
import { createProblemStore } from './problem-store.ts'
import { createPostgresWorld } from './testing/postgres-world.ts'

async function make() {
  const { pool, close } = await createPostgresWorld()
  return { problems: createProblemStore(pool), demonstrations: createDemonstrationStore(pool), close }
}

describeProblemStore('PostgreSQL', make)
describeDemonstrationStore('PostgreSQL', make)
