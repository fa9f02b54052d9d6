import { Agent } from 'undici'

export type PlainFetchSettings = {
  /** Sent as a bearer token; nothing else of the caller's headers is but the content type. */
  readonly apiKey: string | undefined
  readonly connections: number
  readonly maxAnswerBytes: number
  /** A server that asks for a longer pause is not waited for. */
  readonly longestPauseMs: number
}

/**
 * A `fetch` for a vendor's client: the whole answer is read within the caller's signal, no redirect is followed, undici's limit of
 * 300 s of silence is off, and a pause that is longer than is waited for ends the client's retries.
 */
export function createPlainFetch({ apiKey, connections, maxAnswerBytes, longestPauseMs }: PlainFetchSettings) {
  const agent = new Agent({ connections, headersTimeout: 0, bodyTimeout: 0, maxResponseSize: maxAnswerBytes })
  return {
    async fetch(url: string | URL | Request, init: RequestInit = {}): Promise<Response> {
      const { origin, pathname, search } = new URL(url instanceof Request ? url.url : url)
      if (typeof init.body !== 'string') throw new TypeError('only a text is sent')
      const exchange = agent.request({
        origin,
        path: pathname + search,
        method: 'POST',
        headers: {
          accept: 'application/json',
          'content-type': 'application/json',
          ...(apiKey === undefined ? {} : { authorization: `Bearer ${apiKey}` }),
        },
        body: init.body,
        signal: init.signal ?? null,
      })
      const { answer, text } = await exchange
        .then(async (answer) => ({ answer, text: await answer.body.text() }))
        .catch((error: unknown) => {
          // The client tells a timeout from a broken connection by this name.
          if (init.signal?.aborted !== true) throw error
          throw Object.assign(new Error('the request was aborted', { cause: error }), { name: 'AbortError' })
        })
      const headers = new Headers({ 'content-type': 'application/json' })
      const pauseMs = pauseOf(answer.headers, Date.now())
      if (pauseMs !== null && pauseMs > longestPauseMs) headers.set('x-should-retry', 'false')
      else if (pauseMs !== null && pauseMs > 0) headers.set('retry-after-ms', String(pauseMs))
      const isEmpty = answer.statusCode === 204 || answer.statusCode === 205 || answer.statusCode === 304
      return new Response(isEmpty ? null : text, { status: answer.statusCode, headers })
    },
    close: () => agent.destroy(),
  }
}

/** Milliseconds by `retry-after-ms`, else by `retry-after` in seconds or as a date (RFC 9110, 10.2.3). */
function pauseOf(headers: Readonly<Record<string, string | string[] | undefined>>, nowMs: number): number | null {
  const { 'retry-after-ms': ms, 'retry-after': seconds } = headers
  if (typeof ms === 'string' && /^\d+(\.\d+)?$/.test(ms)) return Number(ms)
  if (typeof seconds !== 'string') return null
  if (/^\d+(\.\d+)?$/.test(seconds)) return Number(seconds) * 1000
  const at = Date.parse(seconds)
  return Number.isNaN(at) ? null : at - nowMs
}
