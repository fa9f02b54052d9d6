import type { Serving } from '@ratchet/ports/serving.ts'
import { createInPlaceServing, type RunningServersSettings } from './in-place.ts'
import { createUntriedSglangWeights } from './sglang-weights.ts'

/** Serves full checkpoints on running SGLang servers by replacing their weights. UNTRIED: no real SGLang was ever asked. */
export function createUntriedSglangServing(settings: RunningServersSettings): Serving {
  const { urls, apiKey, clock, ...rest } = settings
  return createInPlaceServing({
    ...rest,
    servers: urls.map((url) => createUntriedSglangWeights({ url, apiKey, clock })),
  })
}
