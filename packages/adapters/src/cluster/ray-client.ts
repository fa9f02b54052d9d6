import { PortError } from '@ratchet/ports/port-error.ts'
import { Agent, request } from 'undici'
import type { z } from 'zod'

export type RayClient = {
  /** The answer, or null for 404. Throws PortError; for good when Ray refuses us or the request. */
  ask<Answer>(method: 'GET' | 'POST', path: string, schema: z.ZodType<Answer>, body?: unknown): Promise<Answer | null>
  close(): Promise<void>
}

/** Ray answers this to a name that it has already. */
export class RayNameTaken extends PortError {
  constructor() {
    super('Ray has a job of this name already', { retryable: false })
  }
}

/**
 * Speaks with the dashboard of a Ray cluster, which takes no requests of browsers: `fetch` sends headers by which it counts as
 * one.
 */
export function createRayClient(address: string, token: string | null, timeoutMs: number): RayClient {
  const url = parseAddress(address)
  const root = `${url.origin}${url.pathname.replace(/\/+$/, '')}`
  const agent = new Agent({ headersTimeout: 0, bodyTimeout: 0, keepAliveTimeout: 1000 })

  const exchange = async (method: 'GET' | 'POST', path: string, body: unknown) => {
    try {
      const answer = await request(root + path, {
        method,
        dispatcher: agent,
        signal: AbortSignal.timeout(timeoutMs),
        headers: {
          ...(token === null ? {} : { authorization: `Bearer ${token}` }),
          ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      })
      return { status: answer.statusCode, text: await answer.body.text() }
    } catch (error) {
      const said = error instanceof Error ? error.message : String(error)
      const remedy = 'check that its head runs and the address is its dashboard'
      throw new PortError(`the Ray cluster at ${root} does not answer (${said}): ${remedy}`, {
        retryable: true,
        cause: error,
      })
    }
  }

  return {
    ask: async (method, path, schema, body) => {
      const { status, text } = await exchange(method, path, body)
      if (status === 404) return null
      if (status < 200 || status > 299) throw refusalOf(root, token, status, text)
      const parsed = schema.safeParse(parseJson(text))
      if (parsed.success) return parsed.data
      throw new PortError(
        `what answers at ${root} does not speak Ray's jobs API: check that the address is a Ray dashboard`,
        {
          retryable: false,
          cause: parsed.error,
        },
      )
    },
    close: () => agent.destroy(),
  }
}

function parseAddress(address: string): URL {
  const url = URL.parse(address)
  if (url !== null && /^https?:$/.test(url.protocol)) return url
  throw new PortError(`the address of a Ray cluster is that of its dashboard, as in http://head:8265`, {
    retryable: false,
  })
}

function refusalOf(root: string, token: string | null, status: number, text: string): PortError {
  if (status === 401 || status === 403) {
    const why =
      token === null
        ? 'wants a token: name the variable with it in cluster.tokenEnv'
        : 'refuses the token: put the one it was started with into the variable that cluster.tokenEnv names'
    return new PortError(`the Ray cluster at ${root} ${why}`, { retryable: false })
  }
  if (/submission_id \S+ already exists/.test(text)) return new RayNameTaken()
  // The head passes on with 500 what a node refused with 400.
  const forGood = status < 500 ? status !== 408 && status !== 429 : /failed with status code 400/.test(text)
  return new PortError(`the Ray cluster at ${root} answered ${status}: ${lastLine(text)}`, { retryable: !forGood })
}

/** Of a Python traceback, the error. */
function lastLine(text: string): string {
  const lines = text.split('\n').filter((line) => /\w/.test(line))
  return (lines.at(-1) ?? 'it said nothing').trim().slice(0, 300)
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return null
  }
}
