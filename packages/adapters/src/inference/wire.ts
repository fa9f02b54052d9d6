import type { ChatMessage } from '@ratchet/domain/dataset-version.ts'
import type { Sampling } from '@ratchet/domain/recipe/recipe.ts'
import { z } from 'zod'

/** Requests and answers of the OpenAI API as vLLM speaks it; of the answers only what is used. */

export function chatRequest(
  model: string,
  messages: readonly ChatMessage[],
  sampling: Sampling,
  seed: number,
  logprobs: boolean,
) {
  return {
    model,
    messages,
    n: 1,
    stream: false,
    seed,
    temperature: sampling.temperature,
    top_p: sampling.topP,
    max_tokens: sampling.maxTokens,
    ...(sampling.stop.length === 0 ? {} : { stop: sampling.stop }),
    ...(logprobs ? { logprobs: true } : {}),
  }
}

export const ChatAnswer = z.object({
  choices: z
    .array(
      z.object({
        message: z.object({ content: z.string().nullable() }),
        finish_reason: z.string().nullable(),
        logprobs: z.object({ content: z.array(z.object({ logprob: z.number() })).nullish() }).nullish(),
      }),
    )
    .length(1),
  usage: z.object({ prompt_tokens: z.number().int(), completion_tokens: z.number().int() }),
})
export type ChatAnswer = z.infer<typeof ChatAnswer>

/**
 * The prompt's own logprobs, nothing generated. It has a seed, and a temperature at which seeds count, because of those beside it: where
 * one request of a batch has none, vLLM's sampler for CPUs (0.27) ignores the seeds of all.
 */
export function echoRequest(model: string, tokenIds: readonly number[]) {
  return { model, prompt: tokenIds, echo: true, logprobs: 0, max_tokens: 0, temperature: 1, seed: 0 }
}

/** One logprob a prompt token; the first token has none. */
export const EchoAnswer = z.object({
  choices: z.array(z.object({ logprobs: z.object({ token_logprobs: z.array(z.number().nullable()) }) })).length(1),
})

/** The ids of the messages up to where the completion begins. */
export function tokenizeMessagesRequest(model: string, messages: readonly ChatMessage[]) {
  return { model, messages, add_generation_prompt: true }
}

/** The ids of a text as it would stand in the middle of a sequence. */
export function tokenizeTextRequest(model: string, text: string) {
  return { model, prompt: text, add_special_tokens: false }
}

export const TokenizeAnswer = z.object({ tokens: z.array(z.number().int()) })

/** vLLM and OpenAI wrap their errors; others say `detail`. */
export const ErrorAnswer = z.union([
  z.object({ error: z.object({ message: z.string() }) }).transform((body) => body.error.message),
  z.object({ message: z.string() }).transform((body) => body.message),
  z.object({ detail: z.string() }).transform((body) => body.detail),
  z.object({ error: z.string() }).transform((body) => body.error),
])
