import type { Canary } from '@ratchet/ports/serving.ts'
import { type CanaryProof, echoScorer, proveCanary } from './prove-canary.ts'
import { prefixOf, provePrefixCache } from './prove-prefix-cache.ts'
import type { ListedModel, ServerClient } from './server-client.ts'

/** The largest context that a server is taken to have when it does not say. */
const smallContextTokens = 256

/** `staleCache`: the weights are right, but not what was cached. */
type Staleness = { readonly staleCache?: true }
export type VllmRefutation = Extract<CanaryProof, { kind: 'refuted' }> & Staleness

/** Whether vLLM scores as the checkpoint does and samples as it scores: three requests, of which one generates 16 tokens. */
export async function proveOnVllm(
  client: ServerClient,
  model: Pick<ListedModel, 'id' | 'contextTokens'>,
  canary: Canary,
): Promise<CanaryProof & Staleness> {
  const weights = await proveCanary(echoScorer(client, model.id), model.id, canary)
  if (weights.kind !== 'proven') return weights
  const cache = await provePrefixCache(client, model.id, vllmPrefix(model, canary))
  return cache.kind === 'refuted' ? { ...cache, staleCache: true } : cache
}

/** The prefix by which a canary's server is asked whether its cache is stale. */
export function vllmPrefix(model: Pick<ListedModel, 'contextTokens'>, canary: Canary): readonly number[] {
  return prefixOf(canary.tokenIds, model.contextTokens ?? smallContextTokens)
}
