import { Pool } from 'undici'
import type { z } from 'zod'
import { ConcurrencyControl } from './concurrency-control.ts'
import { EndpointFailure, failureOfConnection, failureOfStatus } from './endpoint-failure.ts'

export type EndpointSettings = {
  readonly url: string
  readonly apiKey: string | undefined
  readonly apiKeyEnv: string | undefined
  readonly maxInFlight: number
  /** For one request and its answer. */
  readonly deadlineMs: number
  readonly maxAnswerBytes: number
  readonly now: () => Date
}

export type EndpointCall<Answer> = {
  /** Under the API's base, as in `/chat/completions`; `server:` paths are under the server's root, as in `server:/tokenize`. */
  readonly path: string
  readonly body: unknown
  readonly answer: z.ZodType<Answer>
  readonly model: string
  readonly requestId: string
  readonly signal: AbortSignal | undefined
}

/**
 * One OpenAI-compatible server over HTTP/1.1: one socket for each request in flight. A completion may take hours before its
 * first byte, so undici's own timeouts (300 s) are off and one deadline bounds the whole exchange.
 */
export class Endpoint {
  readonly url: string
  readonly concurrency: ConcurrencyControl
  /** Requests on the wire. */
  inFlight = 0
  /** Models for which the server has refused to give logprobs. */
  readonly withoutLogprobs = new Set<string>()
  readonly #settings: EndpointSettings
  readonly #pool: Pool
  readonly #apiPath: string
  readonly #serverPath: string

  constructor(settings: EndpointSettings) {
    this.url = settings.url
    this.#settings = settings
    this.concurrency = new ConcurrencyControl(settings.maxInFlight)
    const { origin, pathname } = new URL(settings.url)
    const path = pathname.replace(/\/+$/, '')
    this.#apiPath = path === '' ? '/v1' : path
    this.#serverPath = this.#apiPath.replace(/\/v1$/, '')
    this.#pool = new Pool(origin, {
      connections: settings.maxInFlight,
      pipelining: 1,
      headersTimeout: 0,
      bodyTimeout: 0,
      maxResponseSize: settings.maxAnswerBytes,
    })
  }

  /** Throws EndpointFailure, or the signal's reason when it was aborted; then the connection is closed. */
  async call<Answer>(call: EndpointCall<Answer>): Promise<Answer> {
    const { status, text, retryAfter } = await this.#exchange(call)
    if (status !== 200) {
      const { apiKey, apiKeyEnv: keyName, now } = this.#settings
      const body = apiKey === undefined ? text : text.replaceAll(apiKey, '(key)')
      throw failureOfStatus({ url: this.url, status, body, retryAfter, model: call.model, keyName, now: now() })
    }
    let parsed: unknown
    try {
      parsed = JSON.parse(text)
    } catch (error) {
      throw new EndpointFailure('broken', `${this.url} answered with something that is not JSON: check the URL`, {
        cause: error,
      })
    }
    const answer = call.answer.safeParse(parsed)
    if (answer.success) return answer.data
    const issue = answer.error.issues[0]
    const where = issue === undefined ? '' : `: ${issue.path.join('.')}: ${issue.message}`
    throw new EndpointFailure('broken', `${this.url} does not answer as the OpenAI API does${where}`)
  }

  async #exchange(
    call: EndpointCall<unknown>,
  ): Promise<{ status: number; text: string; retryAfter: string | undefined }> {
    const { deadlineMs, apiKey } = this.#settings
    const { signal } = call
    signal?.throwIfAborted()
    const stop = new AbortController()
    const cancel = () => stop.abort()
    const deadline = setTimeout(cancel, deadlineMs)
    signal?.addEventListener('abort', cancel, { once: true })
    try {
      const answer = await this.#pool.request({
        method: 'POST',
        path: call.path.startsWith('server:') ? this.#serverPath + call.path.slice(7) : this.#apiPath + call.path,
        headers: {
          'content-type': 'application/json',
          accept: 'application/json',
          'x-request-id': call.requestId,
          ...(apiKey === undefined ? {} : { authorization: `Bearer ${apiKey}` }),
        },
        body: JSON.stringify(call.body),
        signal: stop.signal,
      })
      const retryAfter = answer.headers['retry-after']
      return {
        status: answer.statusCode,
        text: await answer.body.text(),
        retryAfter: typeof retryAfter === 'string' ? retryAfter : undefined,
      }
    } catch (error) {
      signal?.throwIfAborted()
      if (!stop.signal.aborted) throw failureOfConnection(this.url, error)
      const message = `${this.url} gave no answer within ${deadlineMs / 1000} s: check that the server makes progress`
      throw new EndpointFailure('broken', message, { worthRetrying: false })
    } finally {
      clearTimeout(deadline)
      signal?.removeEventListener('abort', cancel)
    }
  }

  /** Ends what is in flight. */
  async close(): Promise<void> {
    await this.#pool.destroy()
  }
}
