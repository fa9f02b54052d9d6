import { createMemoryRoundStores } from './memory-round-store.ts'
import { createMemoryTrainingStore } from './memory-training-store.ts'
import { describeTrainingStore } from './training-store-contract.ts'

describeTrainingStore('memory', async () => ({
  training: createMemoryTrainingStore(() => new Date()),
  rounds: createMemoryRoundStores(() => new Date()).rounds,
  problemSetId: 'ps',
  async close() {},
}))
