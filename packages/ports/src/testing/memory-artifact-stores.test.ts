import { describeArtifactStores } from './artifact-store-contract.ts'
import { createMemoryArtifactStores } from './memory-artifact-stores.ts'
import { createMemoryRoundStores } from './memory-round-store.ts'

describeArtifactStores('memory', async () => ({
  ...createMemoryArtifactStores(),
  rounds: createMemoryRoundStores(() => new Date()).rounds,
  problemSetId: 'ps',
  async close() {},
}))
