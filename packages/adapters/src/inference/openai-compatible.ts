import type { ServedModel } from '@ratchet/domain/recipe/recipe.ts'
import type { Clock } from '@ratchet/ports/clock.ts'
import {
  type Completion,
  type Inference,
  type InferenceDirectory,
  InferenceError,
  type SampleRequest,
  type ScoreRequest,
} from '@ratchet/ports/inference.ts'
import { createSystemClock } from '../clock/system-clock.ts'
import { Endpoint } from './endpoint.ts'
import { EndpointFailure } from './endpoint-failure.ts'
import { EndpointPool } from './endpoint-pool.ts'
import {
  ChatAnswer,
  chatRequest,
  EchoAnswer,
  echoRequest,
  TokenizeAnswer,
  tokenizeMessagesRequest,
  tokenizeTextRequest,
} from './wire.ts'

export type InferenceSettings = {
  /** Where API keys are looked up by name. */
  readonly env: Readonly<Record<string, string | undefined>>
  readonly clock?: Clock
  /** Uniform in [0, 1); spreads retries. */
  readonly random?: () => number
  /** For one request and its answer. Default one hour. */
  readonly deadlineMs?: number
  /** Tries of one call, the first included. Default 5. */
  readonly attempts?: number
  /** Before the second try, doubled for each further one. Default 250. */
  readonly backoffMs?: number
  /** An endpoint that asks for a longer pause is not waited for. Default 60,000. */
  readonly longestPauseMs?: number
  /** Default 256 MiB. */
  readonly maxAnswerBytes?: number
}

/**
 * Models behind OpenAI-compatible servers: vLLM, SGLang, Ratchet's policy server, hosted APIs. Models opened on the same
 * endpoints share their connections and their limits. `score` needs `/tokenize` and prompt logprobs as vLLM has them.
 */
export function createInferenceDirectory(settings: InferenceSettings): InferenceDirectory & { close(): Promise<void> } {
  const clock = settings.clock ?? createSystemClock()
  const endpoints = new Map<string, Endpoint>()
  const pools = new Map<string, EndpointPool>()

  const endpointOf = (key: string, { url, apiKeyEnv, maxInFlight }: ServedModel['endpoints'][number]): Endpoint => {
    const known = endpoints.get(key)
    if (known !== undefined) return known
    const endpoint = new Endpoint({
      url,
      apiKey: keyOf(settings.env, url, apiKeyEnv),
      apiKeyEnv,
      maxInFlight,
      deadlineMs: settings.deadlineMs ?? 3_600_000,
      maxAnswerBytes: settings.maxAnswerBytes ?? 256 * 2 ** 20,
      now: clock.now,
    })
    endpoints.set(key, endpoint)
    return endpoint
  }

  const poolOf = (target: ServedModel): EndpointPool => {
    const keyed = target.endpoints.map(
      (each) => [JSON.stringify([each.url, each.apiKeyEnv, each.maxInFlight]), each] as const,
    )
    const poolKey = keyed.map(([key]) => key).join()
    const known = pools.get(poolKey)
    if (known !== undefined) return known
    const pool = new EndpointPool(
      keyed.map(([key, each]) => endpointOf(key, each)),
      {
        clock,
        random: settings.random ?? Math.random,
        attempts: settings.attempts ?? 5,
        backoffMs: settings.backoffMs ?? 250,
        longestPauseMs: settings.longestPauseMs ?? 60_000,
      },
    )
    pools.set(poolKey, pool)
    return pool
  }

  return {
    open: (target) => openModel(target.model, poolOf(target)),
    close: async () => {
      await Promise.all([...endpoints.values()].map((endpoint) => endpoint.close()))
    },
  }
}

function keyOf(env: InferenceSettings['env'], url: string, name: string | undefined): string | undefined {
  if (name === undefined) return undefined
  const key = env[name]
  if (key === undefined || key === '')
    throw new InferenceError(
      'unauthorized',
      `the environment variable ${name}, which should hold the key for ${url}, is not set`,
    )
  return key
}

function openModel(model: string, pool: EndpointPool): Inference {
  const closed = new AbortController()
  const either = (signal: AbortSignal | undefined) =>
    signal === undefined ? closed.signal : AbortSignal.any([signal, closed.signal])
  return {
    slots: pool.slots,
    sample: (request, signal) => {
      const stop = either(signal)
      return pool.run((endpoint) => sampleFrom(endpoint, model, request, stop), stop)
    },
    score: (request, signal) => {
      const stop = either(signal)
      return pool.run(async (endpoint) => ({ logprobs: await scoreOn(endpoint, model, request, stop) }), stop)
    },
    close: async () => {
      closed.abort(new InferenceError('unreachable', `the model ${model} was closed`))
    },
  }
}

async function sampleFrom(
  endpoint: Endpoint,
  model: string,
  request: SampleRequest,
  signal: AbortSignal,
): Promise<Completion> {
  const { messages, sampling, seed, requestId } = request
  const ask = (logprobs: boolean) => {
    const body = chatRequest(model, messages, sampling, seed, logprobs)
    return endpoint.call({ path: '/chat/completions', body, answer: ChatAnswer, model, requestId, signal })
  }
  const answer = await ask(!endpoint.withoutLogprobs.has(model)).catch((error) => {
    const refusesLogprobs =
      error instanceof EndpointFailure && error.failure === 'rejected' && /logprobs/i.test(error.message)
    if (!refusesLogprobs || endpoint.withoutLogprobs.has(model)) throw error
    endpoint.withoutLogprobs.add(model)
    return ask(false)
  })
  return completionOf(endpoint.url, answer)
}

function completionOf(url: string, answer: ChatAnswer): Completion {
  const choice = answer.choices[0]
  const text = choice?.message.content ?? null
  const finish = choice?.finish_reason ?? null
  if (finish !== 'stop' && finish !== 'length')
    throw new EndpointFailure('broken', `${url} did not finish the completion (finish_reason ${finish})`)
  if (text === null) throw new EndpointFailure('broken', `${url} answered without text`)
  return {
    text,
    finish,
    promptTokens: answer.usage.prompt_tokens,
    completionTokens: answer.usage.completion_tokens,
    logprobs: choice?.logprobs?.content?.map(({ logprob }) => Math.min(0, logprob)) ?? null,
    endpoint: url,
  }
}

/** The prompt's and the completion's token ids are joined as sampling joins them, so no chat template can touch the completion. */
async function scoreOn(
  endpoint: Endpoint,
  model: string,
  request: ScoreRequest,
  signal: AbortSignal,
): Promise<number[]> {
  const { messages, completion, requestId } = request
  const tokenize = async (body: unknown) =>
    (await endpoint.call({ path: 'server:/tokenize', body, answer: TokenizeAnswer, model, requestId, signal })).tokens
  const prompt = await tokenize(tokenizeMessagesRequest(model, messages))
  const tokens = await tokenize(tokenizeTextRequest(model, completion))
  if (tokens.length === 0) return []
  const body = echoRequest(model, [...prompt, ...tokens])
  const answer = await endpoint.call({ path: '/completions', body, answer: EchoAnswer, model, requestId, signal })
  const all = answer.choices[0]?.logprobs.token_logprobs ?? []
  const logprobs = all.slice(prompt.length).filter((logprob) => logprob !== null)
  if (all.length !== prompt.length + tokens.length || logprobs.length !== tokens.length)
    throw new EndpointFailure('broken', `${endpoint.url} gave ${logprobs.length} logprobs for ${tokens.length} tokens`)
  return logprobs.map((logprob) => Math.min(0, logprob))
}
