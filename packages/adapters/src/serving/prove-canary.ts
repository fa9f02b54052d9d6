import type { Canary } from '@ratchet/ports/serving.ts'
import { z } from 'zod'
import { refusalOf, type ServerClient } from './server-client.ts'

/**
 * How far a served token's logprob may be from the trainer's, in nats. Other weights differ by more on nearly any text; float32
 * against float32 differs by less than 0.0001, bfloat16 kernels against each other by about 0.01.
 */
export const canaryTolerance = 0.02

export type CanaryProof =
  | { readonly kind: 'proven' }
  | { readonly kind: 'refuted'; readonly reason: string }
  /** Nothing answered, so nothing is known. */
  | { readonly kind: 'unanswered' }

const Echo = z.object({
  choices: z.array(z.object({ logprobs: z.object({ token_logprobs: z.array(z.number().nullable()) }) })).min(1),
})

/** Asks the server for the logprobs of the canary's tokens and compares: proof that these weights are behind that name. */
export async function proveCanary(client: ServerClient, model: string, canary: Canary): Promise<CanaryProof> {
  const prompt = { model, prompt: canary.tokenIds, echo: true, logprobs: 0, max_tokens: 0 }
  const answer = await client.ask('POST', '/v1/completions', prompt, 120_000)
  if (answer === null) return { kind: 'unanswered' }
  if (answer.status !== 200) return refuted(`the server could not score its canary: ${refusalOf(answer)}`)
  const served = Echo.safeParse(answer.body).data?.choices[0]?.logprobs.token_logprobs
  if (served === undefined)
    return refuted('the server does not score prompts as vLLM does, so its weights cannot be proven')
  if (served.length !== canary.logprobs.length)
    return refuted(`the canary has ${canary.logprobs.length} tokens, the server scored ${served.length}`)
  for (const [index, expected] of canary.logprobs.entries()) {
    const actual = served[index] ?? null
    if (expected === null || (actual !== null && Math.abs(actual - expected) <= canaryTolerance)) continue
    return refuted(
      `other weights than the checkpoint's are served as ${model}: token ${index} of the canary has the logprob ${actual}, the trainer measured ${expected}`,
    )
  }
  return { kind: 'proven' }
}

function refuted(reason: string): CanaryProof {
  return { kind: 'refuted', reason }
}
