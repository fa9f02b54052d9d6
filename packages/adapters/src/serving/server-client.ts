import { Agent, request } from 'undici'
import { z } from 'zod'

/** An answer of a server's administration, or that there is none. `body` is null when it is not JSON. */
export type ServerAnswer = { readonly status: number; readonly text: string; readonly body: unknown }

export type ServerClient = {
  /** Null when nothing answers within the time. */
  ask(method: 'GET' | 'POST' | 'DELETE', path: string, body?: unknown, timeoutMs?: number): Promise<ServerAnswer | null>
  close(): Promise<void>
}

/** Speaks with one server. `url` is its root or its `/v1`. */
export function createServerClient(url: string): ServerClient {
  const root = url.replace(/\/+$/, '').replace(/\/v1$/, '')
  const agent = new Agent({ headersTimeout: 0, bodyTimeout: 0, keepAliveTimeout: 1000 })
  return {
    ask: async (method, path, body, timeoutMs = 10_000) => {
      try {
        const answer = await request(root + path, {
          method,
          dispatcher: agent,
          signal: AbortSignal.timeout(timeoutMs),
          ...(body === undefined
            ? {}
            : { body: JSON.stringify(body), headers: { 'content-type': 'application/json' } }),
        })
        const text = await answer.body.text()
        return { status: answer.statusCode, text, body: parseJson(text) }
      } catch {
        return null
      }
    },
    close: () => agent.destroy(),
  }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return null
  }
}

const Models = z.object({ data: z.array(z.object({ id: z.string(), root: z.string().nullish() })) })

/** What `/v1/models` says of a name: where its weights are from, as far as it tells. Null when the name is not served or nothing answers. */
export async function findModel(client: ServerClient, name: string): Promise<{ root: string | null } | null> {
  const answer = await client.ask('GET', '/v1/models')
  const models = Models.safeParse(answer?.body).data?.data ?? []
  const model = models.find(({ id }) => id === name)
  return model === undefined ? null : { root: model.root ?? null }
}

const Refusal = z.union([
  z.object({ error: z.object({ message: z.string() }) }).transform(({ error }) => error.message),
  z.object({ detail: z.string() }).transform(({ detail }) => detail),
])

/** The server's own words, or its status. */
export function refusalOf(answer: ServerAnswer): string {
  const said = Refusal.safeParse(answer.body).data ?? answer.text.slice(0, 300)
  return said === '' ? `status ${answer.status}` : said
}
