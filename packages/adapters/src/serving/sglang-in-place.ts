import type { Clock } from '@ratchet/ports/clock.ts'
import type { Serving } from '@ratchet/ports/serving.ts'
import { createInPlaceServing } from './in-place.ts'
import { createUntriedSglangWeights } from './sglang-weights.ts'

export type SglangInPlaceSettings = {
  /** Servers that run already. */
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

/** Serves full checkpoints on running SGLang servers by replacing their weights. UNTRIED: no real SGLang was ever asked. */
export function createUntriedSglangServing(settings: SglangInPlaceSettings): Serving {
  const { urls, apiKey, clock, ...rest } = settings
  return createInPlaceServing({
    ...rest,
    servers: urls.map((url) => createUntriedSglangWeights({ url, apiKey, clock })),
  })
}
