import { ProblemDocument } from '@ratchet/api/schemas/problem-document.ts'
import type { z } from 'zod'
import { ApiMismatch, ApiRefused, ApiUnreachable } from './api-error.ts'

export type ApiSettings = { readonly url: string; readonly apiKey?: string | undefined }

export type ApiRequest = {
  readonly method?: 'GET' | 'POST'
  readonly query?: Readonly<Record<string, string | number | boolean | undefined>>
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string | ReadableStream<Uint8Array>
  readonly signal?: AbortSignal | undefined
}

/** Requests to one API. `open` gives the raw answer, `read` the checked body. Both throw ApiUnreachable and ApiRefused. */
export type ApiConnection = {
  readonly url: string
  open(path: string, request?: ApiRequest): Promise<Response>
  read<Body>(path: string, schema: z.ZodType<Body>, request?: ApiRequest): Promise<Body>
}

export function connectApi({ url, apiKey }: ApiSettings): ApiConnection {
  const base = url.replace(/\/+$/, '')
  const open = async (path: string, request: ApiRequest = {}): Promise<Response> => {
    const address = new URL(`${base}${path}`)
    for (const [name, value] of Object.entries(request.query ?? {}))
      if (value !== undefined) address.searchParams.set(name, String(value))
    let response: Response
    try {
      response = await fetch(address, {
        method: request.method ?? 'GET',
        headers: { ...request.headers, ...(apiKey === undefined ? {} : { authorization: `Bearer ${apiKey}` }) },
        ...(request.body === undefined ? {} : { body: request.body, duplex: 'half' }),
        ...(request.signal === undefined ? {} : { signal: request.signal }),
      })
    } catch (error) {
      throw request.signal?.aborted === true ? error : new ApiUnreachable(base, error)
    }
    if (!response.ok) throw new ApiRefused(await readProblem(response, path))
    return response
  }
  return {
    url: base,
    open,
    async read(path, schema, request) {
      const response = await open(path, request)
      let body: unknown
      try {
        body = await response.json()
      } catch (error) {
        throw error instanceof SyntaxError ? new ApiMismatch(path, error) : new ApiUnreachable(base, error)
      }
      const parsed = schema.safeParse(body)
      if (!parsed.success) throw new ApiMismatch(path, parsed.error)
      return parsed.data
    },
  }
}

/** The problem document of an error; a proxy in between may answer with something else. */
async function readProblem(response: Response, path: string): Promise<ProblemDocument> {
  const text = await response.text().catch(() => '')
  try {
    const parsed = ProblemDocument.safeParse(JSON.parse(text))
    if (parsed.success) return parsed.data
  } catch {
    // Not ours; the status says enough.
  }
  const detail = `${path} was answered with ${response.status} ${response.statusText}`
  return {
    type: 'about:blank',
    title: response.statusText,
    status: response.status,
    detail,
    instance: path,
    errors: [],
  }
}
