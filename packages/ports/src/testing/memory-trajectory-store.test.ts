import { createMemoryRoundStores } from './memory-round-store.ts'
import { createMemoryTrajectoryStore } from './memory-trajectory-store.ts'
import { describeTrajectoryStore } from './trajectory-store-contract.ts'

describeTrajectoryStore('memory', async () => {
  let milliseconds = Date.parse('2026-01-01T00:00:00Z')
  const now = () => new Date(milliseconds++)
  const stores = createMemoryRoundStores(now)
  return { ...stores, trajectories: createMemoryTrajectoryStore(stores, now), problemSetId: 'ps', async close() {} }
})
