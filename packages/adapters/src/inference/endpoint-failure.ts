import { InferenceError, type InferenceFailure } from '@ratchet/ports/inference.ts'
import { z } from 'zod'
import { ErrorAnswer } from './wire.ts'

const ConnectionError = z.object({ code: z.string().optional(), message: z.string().optional() })

/** A failed request, with what the pool needs to know to go on. */
export class EndpointFailure extends InferenceError {
  /** How long the endpoint asks to be left alone; null when it does not say. */
  readonly retryAfterMs: number | null
  /** False when trying at once again could only cost the same time again. */
  readonly worthRetrying: boolean
  constructor(
    failure: InferenceFailure,
    message: string,
    options: { cause?: unknown; retryAfterMs?: number | null; worthRetrying?: boolean } = {},
  ) {
    super(failure, message, options)
    this.retryAfterMs = options.retryAfterMs ?? null
    this.worthRetrying = options.worthRetrying ?? this.retryable
  }
}

export type RefusedRequest = {
  readonly url: string
  readonly status: number
  readonly body: string
  readonly retryAfter: string | undefined
  readonly model: string
  /** Name of the environment variable that holds the key. */
  readonly keyName: string | undefined
  readonly now: Date
}

/** What an answer other than 200 means. Never repeats what an endpoint says about keys. */
export function failureOfStatus(refused: RefusedRequest): EndpointFailure {
  const { url, status, model, keyName } = refused
  const said = saidBy(refused.body)
  const retryAfterMs = parseRetryAfter(refused.retryAfter, refused.now)
  if (status === 401 || status === 403) {
    const remedy =
      keyName === undefined
        ? 'name the environment variable that holds its key as apiKeyEnv in the recipe'
        : `check the key in ${keyName}`
    return new EndpointFailure('unauthorized', `${url} refuses us (${status}): ${remedy}`)
  }
  if (status === 404) {
    const remedy = 'check the model name and the URL in the recipe'
    return new EndpointFailure('unknown-model', `${url} does not serve the model ${model} (404${said}): ${remedy}`)
  }
  if (status === 429 || status === 503) {
    const message = `${url} is overloaded (${status}${said}): lower maxInFlight or add endpoints`
    return new EndpointFailure('overloaded', message, { retryAfterMs })
  }
  if (status >= 500)
    return new EndpointFailure('broken', `${url} failed (${status}${said}): see the log of that server`)
  if (status >= 400) return new EndpointFailure('rejected', `${url} rejects the request (${status}${said})`)
  return new EndpointFailure('broken', `${url} answered with the unexpected status ${status}: check the URL`)
}

/** Seconds or an HTTP date (RFC 9110, 10.2.3), in milliseconds from now. */
export function parseRetryAfter(value: string | undefined, now: Date): number | null {
  if (value === undefined) return null
  if (/^\d+(\.\d+)?$/.test(value)) return Number(value) * 1000
  const at = Date.parse(value)
  return Number.isNaN(at) ? null : Math.max(0, at - now.getTime())
}

function saidBy(body: string): string {
  let parsed: unknown
  try {
    parsed = JSON.parse(body)
  } catch {
    return ''
  }
  const answer = ErrorAnswer.safeParse(parsed)
  if (!answer.success) return ''
  const line = answer.data.replaceAll(/\s+/g, ' ').trim()
  return `: ${line.length > 300 ? `${line.slice(0, 300)}…` : line}`
}

/** What an error before the answer's status or in the middle of its body means. */
export function failureOfConnection(url: string, error: unknown): EndpointFailure {
  const known = ConnectionError.safeParse(error).data
  const code = known?.code ?? ''
  const options = { cause: error }
  switch (code) {
    case 'ECONNREFUSED':
      return new EndpointFailure(
        'unreachable',
        `nothing listens at ${url}: start the server or correct the URL`,
        options,
      )
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
      return new EndpointFailure(
        'unreachable',
        `the host of ${url} cannot be resolved: correct the URL or the DNS`,
        options,
      )
    case 'UND_ERR_CONNECT_TIMEOUT':
      return new EndpointFailure(
        'unreachable',
        `${url} does not accept connections: check the network and the server`,
        options,
      )
    case 'UND_ERR_RES_EXCEEDED_MAX_SIZE':
      return new EndpointFailure('broken', `${url} sent a larger answer than is read: lower maxTokens`, {
        ...options,
        worthRetrying: false,
      })
    default: {
      const what = code === '' ? (known?.message ?? 'unknown error') : code
      return new EndpointFailure(
        'unreachable',
        `the connection to ${url} broke (${what}): check that server's log`,
        options,
      )
    }
  }
}
