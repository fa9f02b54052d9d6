import type { Clock } from '@ratchet/ports/clock.ts'
import type { Serving } from '@ratchet/ports/serving.ts'
import { createInPlaceServing } from './in-place.ts'
import { createVllmWeights } from './vllm-weights.ts'

export type VllmInPlaceSettings = {
  /** Servers that run already, started with VLLM_SERVER_DEV_MODE=1 on a checkpoint of the same shape. */
  readonly urls: readonly string[]
  /** Holds locks between workers. */
  readonly directory: string
  /** Requests in flight at most on each server. */
  readonly maxInFlight: number
  readonly clock: Clock
  readonly apiKey?: string | undefined
  /** The variable that holds the key, for those who sample. */
  readonly apiKeyEnv?: string | undefined
  readonly drainTimeoutMs?: number
}

/** Serves full checkpoints on running vLLM servers by replacing their weights, one checkpoint a server. */
export function createVllmInPlaceServing(settings: VllmInPlaceSettings): Serving {
  const { urls, apiKey, clock, ...rest } = settings
  return createInPlaceServing({ ...rest, servers: urls.map((url) => createVllmWeights({ url, apiKey, clock })) })
}
