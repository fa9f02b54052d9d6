import { createMemoryRoundStores } from './memory-round-store.ts'
import { createMemoryTrainingStore } from './memory-training-store.ts'
import { describeTrainingStore } from './training-store-contract.ts'

describeTrainingStore('memory', async () => {
  const training = createMemoryTrainingStore(() => new Date())
  const { rounds } = createMemoryRoundStores(() => new Date(), training)
  return { training, rounds, problemSetId: 'ps', async close() {} }
})
