import { createMemoryReverificationStore } from './memory-reverification-store.ts'
import { createMemoryRoundStores } from './memory-round-store.ts'
import { createMemoryTrajectoryStore } from './memory-trajectory-store.ts'
import { describeReverificationStore } from './reverification-store-contract.ts'

describeReverificationStore('memory', async () => {
  let milliseconds = Date.parse('2026-01-01T00:00:00Z')
  const now = () => new Date(milliseconds++)
  const stores = createMemoryRoundStores(now)
  const trajectories = createMemoryTrajectoryStore(stores, now)
  const reverifications = createMemoryReverificationStore({ trajectories, events: stores.events }, now)
  return {
    ...stores,
    trajectories,
    reverifications,
    problemSetId: 'ps',
    async pass(seconds) {
      milliseconds += seconds * 1000
    },
    async close() {},
  }
})
