import { describeDemonstrationStore } from './demonstration-store-contract.ts'
import { createMemoryDemonstrationStore } from './memory-demonstration-store.ts'
import { createMemoryProblemStore } from './memory-problem-store.ts'

describeDemonstrationStore('memory', async () => {
  const problems = createMemoryProblemStore()
  return { problems, demonstrations: createMemoryDemonstrationStore(problems), async close() {} }
})
