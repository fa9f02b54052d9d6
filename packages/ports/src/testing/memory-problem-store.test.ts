import { createMemoryProblemStore } from './memory-problem-store.ts'
import { describeProblemStore } from './problem-store-contract.ts'

describeProblemStore('memory', async () => ({ problems: createMemoryProblemStore(), async close() {} }))
