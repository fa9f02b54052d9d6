import type { Serving } from '@ratchet/ports/serving.ts'
import { createInPlaceServing, type RunningServersSettings } from './in-place.ts'
import { createVllmWeights } from './vllm-weights.ts'

/** Serves full checkpoints on running vLLM servers by replacing their weights, one checkpoint a server. They must have been started with VLLM_SERVER_DEV_MODE=1 on a checkpoint of the same shape. */
export function createVllmInPlaceServing(settings: RunningServersSettings): Serving {
  const { urls, apiKey, clock, ...rest } = settings
  return createInPlaceServing({ ...rest, servers: urls.map((url) => createVllmWeights({ url, apiKey, clock })) })
}
