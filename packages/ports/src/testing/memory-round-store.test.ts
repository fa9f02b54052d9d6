import { describeEventLog } from './event-log-contract.ts'
import { createMemoryRoundStores } from './memory-round-store.ts'
import { describeRoundStore, type RoundStoresUnderTest } from './round-store-contract.ts'
import { describeShardStore } from './shard-store-contract.ts'

async function make(): Promise<RoundStoresUnderTest> {
  let time = Date.parse('2026-01-01T00:00:00Z')
  return {
    ...createMemoryRoundStores(() => new Date(time)),
    problemSetId: 'ps',
    async pass(seconds) {
      time += seconds * 1000
    },
    async close() {},
  }
}

describeRoundStore('memory', make)
describeShardStore('memory', make)
describeEventLog('memory', make)
