import type { Canary } from '@ratchet/ports/serving.ts'
import { z } from 'zod'
import { echoRequest } from '../inference/wire.ts'
import { refusalOf, type ServerClient } from './server-client.ts'

/**
 * How far served logprobs may be from the trainer's, in nats: the mean over the canary's tokens, and any one of them. The trainer
 * scores in float32. A vLLM in float32 on a CPU differs by less than 0.0001. bfloat16 moved the mean of 78 tokens of a small random
 * model by 0.006 and one of them by 0.025; with logits twice as large, as training makes them, by 0.013 and 0.056. A bound on
 * single tokens tight enough to tell checkpoints apart would refuse such servers, so the mean decides. Another seed's weights
 * moved it by 0.7, a file whose second half is zeros by 0.5. No GPU was measured. A checkpoint nearer than the bound cannot be
 * told from rounding.
 */
export const canaryTolerance = { mean: 0.03, single: 0.5 } as const

export type CanaryProof =
  | { readonly kind: 'proven' }
  | { readonly kind: 'refuted'; readonly reason: string }
  /** Nothing answered, so nothing is known. */
  | { readonly kind: 'unanswered' }

export type Scores =
  | { readonly kind: 'scored'; readonly logprobs: readonly (number | null)[] }
  | { readonly kind: 'refused'; readonly reason: string }
  | { readonly kind: 'unanswered' }

/** Logprobs of a prompt's tokens under what a server serves, null for the first. */
export type Scorer = (tokenIds: readonly number[]) => Promise<Scores>

const Echo = z.object({
  choices: z.array(z.object({ logprobs: z.object({ token_logprobs: z.array(z.number().nullable()) }) })).min(1),
})

/** Scores as vLLM and the policy server do, by echoing the prompt. It reads nothing from the prefix cache. */
export function echoScorer(client: ServerClient, model: string): Scorer {
  return async (tokenIds) => {
    const answer = await client.ask('POST', '/v1/completions', echoRequest(model, tokenIds), 120_000)
    if (answer === null) return { kind: 'unanswered' }
    if (answer.status !== 200) return { kind: 'refused', reason: refusalOf(answer) }
    const logprobs = Echo.safeParse(answer.body).data?.choices[0]?.logprobs.token_logprobs
    if (logprobs === undefined) return { kind: 'refused', reason: 'it does not score prompts as vLLM does' }
    return { kind: 'scored', logprobs }
  }
}

/** Asks the server for the logprobs of the canary's tokens and compares: proof that these weights are behind that name. */
export async function proveCanary(score: Scorer, model: string, canary: Canary): Promise<CanaryProof> {
  const scores = await score(canary.tokenIds)
  if (scores.kind === 'unanswered') return scores
  if (scores.kind === 'refused')
    return refuted(`the server could not score its canary, so its weights cannot be proven: ${scores.reason}`)
  const { logprobs } = scores
  if (logprobs.length !== canary.logprobs.length)
    return refuted(`the canary has ${canary.logprobs.length} tokens, the server scored ${logprobs.length}`)
  const gap = gapBetween(canary.logprobs, logprobs)
  if (gap.mean <= canaryTolerance.mean && gap.worst <= canaryTolerance.single) return { kind: 'proven' }
  const { index } = gap
  return refuted(
    `other weights than the checkpoint's are served as ${model}: token ${index} of the canary has the logprob ${logprobs[index]}, the trainer measured ${canary.logprobs[index]}`,
  )
}

/** How far logprobs are from what was expected of them, in nats; a token that lacks its logprob is infinitely far. */
export function gapBetween(expected: readonly (number | null)[], actual: readonly (number | null)[]) {
  const gaps = expected.flatMap((logprob, index) => {
    const other = actual[index] ?? null
    if (logprob === null) return []
    return [{ index, size: other === null ? Number.POSITIVE_INFINITY : Math.abs(other - logprob) }]
  })
  const worst = gaps.reduce((most, each) => (each.size > most.size ? each : most), { index: 0, size: 0 })
  const mean = gaps.reduce((sum, each) => sum + each.size, 0) / Math.max(1, gaps.length)
  return { mean, worst: worst.size, index: worst.index }
}

function refuted(reason: string): CanaryProof {
  return { kind: 'refuted', reason }
}
