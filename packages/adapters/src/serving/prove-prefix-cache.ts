import { z } from 'zod'
import type { CanaryProof } from './prove-canary.ts'
import { echoScorer, gapBetween } from './prove-canary.ts'
import { refusalOf, type ServerClient } from './server-client.ts'

/**
 * How far the logprobs with which tokens were sampled may be from those with which they are scored, in nats, as a mean. Both are the
 * server's own, but from different kernels; a cache of other weights moved them by 1.2 to 1.6.
 */
const cacheTolerance = 0.1

/** Two blocks of 128 tokens, the largest block in common use, and one token more. */
const prefixTokens = 257
const sampledTokens = 16

const Sampled = z.object({
  choices: z
    .array(
      z.object({ token_ids: z.array(z.number().int()), logprobs: z.object({ token_logprobs: z.array(z.number()) }) }),
    )
    .min(1),
})

type Sample =
  | { readonly kind: 'sampled'; readonly tokenIds: readonly number[]; readonly logprobs: readonly number[] }
  | Exclude<CanaryProof, { kind: 'proven' }>

/**
 * Samples behind a long prefix. Its blocks are then in the server's prefix cache, so that a later proof finds them there when
 * nobody has emptied the cache since.
 */
export async function samplePrefix(client: ServerClient, model: string, prefix: readonly number[]): Promise<Sample> {
  const body = {
    model,
    prompt: prefix,
    max_tokens: sampledTokens,
    seed: 1,
    temperature: 1,
    top_p: 1,
    top_k: 0,
    ignore_eos: true,
    logprobs: 0,
    return_token_ids: true,
  }
  const answer = await client.ask('POST', '/v1/completions', body, 120_000)
  if (answer === null) return { kind: 'unanswered' }
  const choice = Sampled.safeParse(answer.body).data?.choices[0]
  if (choice === undefined)
    return { kind: 'refuted', reason: `the server could not sample as ${model}: ${refusalOf(answer)}` }
  return { kind: 'sampled', tokenIds: choice.token_ids, logprobs: choice.logprobs.token_logprobs }
}

/**
 * Scoring computes everything anew, sampling reads what the prefix cache holds: proof that a prefix which was sampled from before is
 * not served from a cache that older weights filled. It says nothing of other prefixes.
 */
export async function provePrefixCache(
  client: ServerClient,
  model: string,
  prefix: readonly number[],
): Promise<CanaryProof> {
  const sample = await samplePrefix(client, model, prefix)
  if (sample.kind !== 'sampled') return sample
  const scores = await echoScorer(client, model)([...prefix, ...sample.tokenIds])
  if (scores.kind === 'unanswered') return scores
  if (scores.kind === 'refused') return { kind: 'refuted', reason: `the server could not score: ${scores.reason}` }
  const { mean } = gapBetween(sample.logprobs, scores.logprobs.slice(prefix.length))
  if (mean <= cacheTolerance) return { kind: 'proven' }
  return {
    kind: 'refuted',
    reason: `${model} samples from a prefix cache that other weights have filled: sampled and scored logprobs differ by ${mean.toFixed(2)}; reset the prefix cache or restart the server`,
  }
}

/**
 * A prefix made of the canary's own tokens, which are in the vocabulary, in an order that no model can foresee: sure tokens would hide
 * what the cache holds. Shorter where the context is.
 */
export function prefixOf(tokenIds: readonly number[], contextTokens: number): readonly number[] {
  const length = Math.max(1, Math.min(prefixTokens, contextTokens - sampledTokens - 1))
  return Array.from(
    { length },
    (_, index) => tokenIds[(index * index * 7 + Math.floor(index / 3)) % tokenIds.length] ?? 0,
  )
}
