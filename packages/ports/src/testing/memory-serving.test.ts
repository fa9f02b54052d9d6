import type { MemoryModel } from './memory-inference.ts'
import { createMemoryServing } from './memory-serving.ts'
import { describeServing } from './serving-contract.ts'

describeServing(
  'memory',
  async () => {
    const models = new Map<string, MemoryModel>()
    const checkpoints = [1, 2].map((number) => ({
      path: `/checkpoints/${number}`,
      canary: { text: 'x', tokenIds: [1, 2], logprobs: [null, -number] },
    }))
    const [first, second] = checkpoints
    if (first === undefined || second === undefined) throw new Error('there are two')
    const weights = new Map(checkpoints.map(({ path, canary }) => [path, { canary, model: () => path }]))
    return {
      open: () => createMemoryServing({ weights, models, startingLooks: 1 }),
      checkpoints: [first, second],
      served: async () => [...models.keys()],
      async close() {},
    }
  },
  { startsServers: false },
)
