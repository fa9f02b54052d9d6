import type { Sampling } from '@ratchet/domain/recipe/recipe.ts'
import type { Clock } from '../clock.ts'
import { type InferenceDirectory, InferenceError, type InferenceFailure, type SampleRequest } from '../inference.ts'

/** What a model says to a prompt, one character a token. The seed is 0 at temperature 0. */
export type MemoryModel = (prompt: string, seed: number) => string

/** A call as its server saw it. */
export type MemoryCall = {
  readonly kind: 'sample' | 'score'
  readonly model: string
  readonly requestId: string
  readonly prompt: string
}

export type MemoryInferenceSettings = {
  readonly clock: Clock
  /** By name; may change while it is in use. */
  readonly models: ReadonlyMap<string, MemoryModel>
  readonly slots?: number
  /** Prompt and completion together. */
  readonly contextTokens?: number
  /** Whether completions come with logprobs. Default true. */
  readonly logprobs?: boolean
  readonly latencyMs?: (call: MemoryCall) => number
  /** How a call fails; null when it does not. */
  readonly failure?: (call: MemoryCall) => InferenceFailure | null
}

export type MemoryInference = InferenceDirectory & {
  /** All calls so far, in the order of their arrival. */
  readonly calls: readonly MemoryCall[]
  running(): number
}

/** The only endpoint there is. */
export const memoryEndpoint = 'http://memory.test/v1'

/** Models in memory behind one endpoint. Logprobs depend on the model and on each token alone, so that scoring gives those of sampling. */
export function createMemoryInference(settings: MemoryInferenceSettings): MemoryInference {
  const {
    clock,
    models,
    slots = 4,
    contextTokens = 4096,
    logprobs: offered = true,
    latencyMs = () => 0,
    failure = () => null,
  } = settings
  const calls: MemoryCall[] = []
  let running = 0

  const arrive = async (call: MemoryCall, url: string, signal?: AbortSignal): Promise<MemoryModel> => {
    if (url !== memoryEndpoint) throw new InferenceError('unreachable', `${url} cannot be reached`)
    calls.push(call)
    running++
    try {
      const ms = latencyMs(call)
      if (ms > 0) await clock.sleep(ms, signal)
      signal?.throwIfAborted()
    } finally {
      running--
    }
    const failed = failure(call)
    if (failed !== null) throw new InferenceError(failed, `${url} is ${failed}`)
    const model = models.get(call.model)
    if (model === undefined) throw new InferenceError('unknown-model', `${url} has no model ${call.model}`)
    return model
  }

  return {
    calls,
    running: () => running,
    open({ model: name, endpoints }) {
      const url = endpoints[0]?.url ?? ''
      return {
        slots,
        async sample({ messages, sampling, seed, requestId }, signal) {
          const prompt = promptOf(messages)
          const model = await arrive({ kind: 'sample', model: name, requestId, prompt }, url, signal)
          const promptTokens = [...prompt].length
          if (promptTokens + sampling.maxTokens > contextTokens)
            throw new InferenceError('rejected', `the context is ${contextTokens} tokens`)
          const { text, finish } = cut(model(prompt, sampling.temperature === 0 ? 0 : seed), sampling)
          const tokens = [...text]
          const logprobs = tokens.map((token, index) => logprobOf(name, token, index))
          if (finish === 'stop') logprobs.push(endLogprob)
          const counts = { promptTokens, completionTokens: logprobs.length }
          return { text, finish, ...counts, logprobs: offered ? logprobs : null, endpoint: url }
        },
        async score({ messages, completion, requestId }, signal) {
          await arrive({ kind: 'score', model: name, requestId, prompt: promptOf(messages) }, url, signal)
          return { logprobs: [...completion].map((token, index) => logprobOf(name, token, index)) }
        },
        async close() {},
      }
    },
  }
}

/** The answer up to a stop string or the limit. */
function cut(answer: string, { stop, maxTokens }: Sampling): { text: string; finish: 'stop' | 'length' } {
  const ends = stop.map((each) => answer.indexOf(each)).filter((at) => at >= 0)
  const tokens = [...answer.slice(0, Math.min(answer.length, ...ends))]
  return tokens.length < maxTokens
    ? { text: tokens.join(''), finish: 'stop' }
    : { text: tokens.slice(0, maxTokens).join(''), finish: 'length' }
}

function promptOf(messages: SampleRequest['messages']): string {
  return messages.map(({ content }) => content).join('\n')
}

const endLogprob = -0.125

function logprobOf(model: string, token: string, index: number): number {
  const number = [...model].reduce((sum, each) => sum + (each.codePointAt(0) ?? 0), 0) + (token.codePointAt(0) ?? 0)
  return -((number * 31 + index * 7) % 64) / 32
}
