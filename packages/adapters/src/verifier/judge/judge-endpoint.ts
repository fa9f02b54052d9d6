import type { ChatMessage } from '@ratchet/domain/dataset-version.ts'
import type { Endpoint } from '@ratchet/domain/recipe/recipe.ts'
import { APIError, OpenAI } from 'openai'
import { z } from 'zod'
import type { JudgeReply } from './judge-cache.ts'
import { JudgeFailure, judgeFailureOf } from './judge-failure.ts'
import { createPlainFetch } from './plain-fetch.ts'
import { untilAborted } from './shared-work.ts'
import { Slots } from './slots.ts'

export type JudgeEndpointSettings = {
  readonly model: string
  readonly endpoint: Endpoint
  /** Where API keys are looked up by name. */
  readonly env: Readonly<Record<string, string | undefined>>
  readonly maxReplyTokens: number
  /** Of one try. */
  readonly timeoutMs: number
  /** After the first try of a question. */
  readonly retries: number
  readonly longestPauseMs: number
}

/** How much of a reply is kept: its end, in which the decision stands. */
const keptCharacters = 4_000

const Answer = z.object({
  choices: z
    .array(z.object({ message: z.object({ content: z.string().nullish() }), finish_reason: z.string().nullish() }))
    .min(1),
  usage: z.object({ prompt_tokens: z.number(), completion_tokens: z.number() }).nullish(),
})

/** One OpenAI-compatible server that serves the judge. */
export class JudgeEndpoint {
  readonly slots: Slots
  readonly #settings: JudgeEndpointSettings
  readonly #key: string | undefined
  readonly #fetch: ReturnType<typeof createPlainFetch>
  readonly #client: OpenAI
  /** Parameters that the server has refused: newer hosted models take neither of them. */
  readonly #refused = new Set<'max_tokens' | 'temperature'>()

  constructor(settings: JudgeEndpointSettings) {
    const { endpoint, env, timeoutMs, retries, longestPauseMs } = settings
    this.#settings = settings
    this.#key = endpoint.apiKeyEnv === undefined ? undefined : env[endpoint.apiKeyEnv] || undefined
    this.slots = new Slots(endpoint.maxInFlight)
    this.#fetch = createPlainFetch({
      apiKey: this.#key,
      connections: endpoint.maxInFlight,
      maxAnswerBytes: 4 * 2 ** 20,
      longestPauseMs,
    })
    this.#client = new OpenAI({
      baseURL: new URL(endpoint.url).pathname === '/' ? new URL('/v1', endpoint.url).href : endpoint.url,
      // The client insists on one; what is sent is up to the fetch.
      apiKey: 'none',
      adminAPIKey: null,
      organization: null,
      project: null,
      webhookSecret: null,
      logLevel: 'off',
      fetch: this.#fetch.fetch,
      timeout: timeoutMs,
      maxRetries: retries,
    })
  }

  /** Throws JudgeFailure, or the signal's reason when it was aborted. */
  async ask(messages: readonly ChatMessage[], signal: AbortSignal): Promise<JudgeReply> {
    const { model, endpoint } = this.#settings
    const { url, apiKeyEnv: keyName } = endpoint
    if (keyName !== undefined && this.#key === undefined)
      throw new JudgeFailure(
        'away',
        `the environment variable ${keyName}, which should hold the judge's key, is not set`,
      )
    try {
      return await this.slots.run(() => untilAborted(this.#send(messages, signal), signal), signal)
    } catch (error) {
      signal.throwIfAborted()
      throw judgeFailureOf(error, { url, model, keyName }, this.#key)
    }
  }

  async #send(messages: readonly ChatMessage[], signal: AbortSignal): Promise<JudgeReply> {
    const { model, maxReplyTokens } = this.#settings
    const limit = this.#refused.has('max_tokens') ? 'max_completion_tokens' : 'max_tokens'
    const body = {
      model,
      messages: messages.map(({ role, content }) => ({ role, content })),
      stream: false as const,
      [limit]: maxReplyTokens,
      ...(this.#refused.has('temperature') ? {} : { temperature: 0 }),
    }
    try {
      return readAnswer(await this.#client.chat.completions.create(body, { signal }), messages)
    } catch (error) {
      const parameter = refusedParameter(error)
      if (parameter === null || this.#refused.has(parameter)) throw error
      this.#refused.add(parameter)
      return await this.#send(messages, signal)
    }
  }

  close(): Promise<void> {
    return this.#fetch.close()
  }
}

function readAnswer(raw: unknown, messages: readonly ChatMessage[]): JudgeReply {
  const { choices, usage } = Answer.parse(raw)
  const text = choices[0]?.message.content ?? ''
  const shown = messages.reduce((length, { content }) => length + content.length, text.length)
  // About three characters a token, where the server does not count.
  const tokens = usage ? usage.prompt_tokens + usage.completion_tokens : shown / 3
  return {
    text: text.slice(-keptCharacters).replaceAll(/\p{Surrogate}/gu, '\ufffd'),
    finish: choices[0]?.finish_reason === 'stop' ? 'stop' : 'cut',
    tokens: Math.max(0, Math.ceil(tokens)),
  }
}

function refusedParameter(error: unknown): 'max_tokens' | 'temperature' | null {
  if (!(error instanceof APIError) || error.status !== 400) return null
  const said = `${error.param ?? ''} ${error.message}`
  if (/max_completion_tokens/.test(said)) return 'max_tokens'
  return /temperature/.test(said) ? 'temperature' : null
}
