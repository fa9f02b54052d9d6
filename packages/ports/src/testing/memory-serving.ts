import type { Canary, DeploymentReport, Serving } from '../serving.ts'
import { type MemoryModel, memoryEndpoint } from './memory-inference.ts'

/** Weights in memory: what they answer, and the logprobs that a server of them gives for the canary's text. */
export type MemoryWeights = { readonly canary: Canary; readonly model: MemoryModel }

export type MemoryServingSettings = {
  /** By path, as a trainer left them. */
  readonly weights: ReadonlyMap<string, MemoryWeights>
  /** What is served, by name; inference reads it. */
  readonly models: Map<string, MemoryModel>
  /** Looks at a new deployment that find it starting. Default 0. */
  readonly startingLooks?: number
  /** The name under which a deployment answers. Default: its own. */
  readonly servedAs?: (name: string) => string
}

/** Serves weights in memory to the inference that reads the same `models`. All that it knows is in `models`, so several share it. */
export function createMemoryServing(settings: MemoryServingSettings): Serving {
  const { weights, models, startingLooks = 0, servedAs = (name) => name } = settings
  const looks = new Map<string, number>()
  return {
    async ensure({ name, path, canary }): Promise<DeploymentReport> {
      const found = weights.get(path)
      if (found === undefined) return { state: 'failed', reason: `there are no weights at ${path}` }
      const wrong = canary === null ? null : differenceOf(canary, found.canary)
      if (wrong !== null) return { state: 'failed', reason: wrong }
      const look = (looks.get(name) ?? 0) + 1
      looks.set(name, look)
      const model = servedAs(name)
      if (!models.has(model) && look <= startingLooks) return { state: 'starting', reason: `${name} is loading` }
      models.set(model, found.model)
      return { state: 'ready', served: { model, endpoints: [{ url: memoryEndpoint, maxInFlight: 4 }] } }
    },
    async release(name) {
      models.delete(servedAs(name))
      looks.delete(name)
    },
    async close() {},
  }
}

function differenceOf(measured: Canary, served: Canary): string | null {
  for (const [index, expected] of measured.logprobs.entries()) {
    const actual = served.logprobs[index] ?? null
    if (expected === null || (actual !== null && Math.abs(actual - expected) < 0.02)) continue
    return `token ${index} of the canary has the logprob ${actual}, the trainer measured ${expected}`
  }
  return null
}
