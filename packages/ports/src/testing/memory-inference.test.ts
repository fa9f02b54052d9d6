import { setTimeout as sleep } from 'node:timers/promises'
import { describeInference } from './inference-contract.ts'
import { createMemoryInference, type MemoryModel, memoryEndpoint } from './memory-inference.ts'

/** Letters that look random, up to 40 of them. */
const babbler: MemoryModel = (prompt, seed) => {
  let state = seed * 2654435761 + prompt.length + 1
  const next = (): number => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0
    return state / 2 ** 32
  }
  const length = 3 + Math.floor(next() * 38)
  return Array.from({ length }, () => String.fromCharCode(97 + Math.floor(next() * 26))).join('')
}

describeInference('memory', async () => {
  const inference = createMemoryInference({
    clock: {
      now: () => new Date(),
      sleep: async (ms, signal) => {
        await sleep(ms, undefined, signal === undefined ? {} : { signal }).catch(() => {})
        signal?.throwIfAborted()
      },
    },
    models: new Map([['babbler', babbler]]),
    contextTokens: 256,
    latencyMs: () => 4,
  })
  return {
    directory: inference,
    served: { model: 'babbler', endpoints: [{ url: memoryEndpoint, maxInFlight: 4 }] },
    contextTokens: 256,
    prompt: 'Say something.',
    running: async () => inference.running(),
    async close() {},
  }
})
