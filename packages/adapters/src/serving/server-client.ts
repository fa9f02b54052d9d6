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
export function createServerClient(url: string, apiKey?: string): ServerClient {
  const root = rootOf(url)
  const authorization = apiKey === undefined ? {} : { authorization: `Bearer ${apiKey}` }
  const agent = new Agent({ headersTimeout: 0, bodyTimeout: 0, keepAliveTimeout: 1000 })
  return {
    ask: async (method, path, body, timeoutMs = 10_000) => {
      try {
        const answer = await request(root + path, {
          method,
          dispatcher: agent,
          signal: AbortSignal.timeout(timeoutMs),
          headers: { ...authorization, ...(body === undefined ? {} : { 'content-type': 'application/json' }) },
          ...(body === undefined ? {} : { body: JSON.stringify(body) }),
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

/** A server's address without the `/v1` behind it. */
export function rootOf(url: string): string {
  return url.replace(/\/+$/, '').replace(/\/v1$/, '')
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return null
  }
}

const Models = z.object({
  data: z.array(
    z.object({
      id: z.string(),
      root: z.string().nullish(),
      parent: z.string().nullish(),
      max_model_len: z.number().int().nullish(),
    }),
  ),
})

/** What `/v1/models` says of a name, as far as it tells: where its weights are from, and for an adapter whose it is. */
export type ListedModel = {
  readonly id: string
  readonly root: string | null
  readonly parent: string | null
  readonly contextTokens: number | null
}

/** What `/v1/models` says. `unanswered`: nothing, or nothing that can be read; `refused`: that our key is not the right one. */
export async function askModels(
  client: ServerClient,
): Promise<
  | { readonly kind: 'listed'; readonly listed: readonly ListedModel[] }
  | { readonly kind: 'unanswered' }
  | { readonly kind: 'refused' }
> {
  const answer = await client.ask('GET', '/v1/models')
  if (answer?.status === 401 || answer?.status === 403) return { kind: 'refused' }
  const models = Models.safeParse(answer?.body).data?.data
  if (models === undefined) return { kind: 'unanswered' }
  const listed = models.map(({ id, root, parent, max_model_len: contextTokens }) => ({
    id,
    root: root ?? null,
    parent: parent ?? null,
    contextTokens: contextTokens ?? null,
  }))
  return { kind: 'listed', listed }
}

/** All that `/v1/models` lists; null when nothing answers it. */
export async function listModels(client: ServerClient): Promise<readonly ListedModel[] | null> {
  const answer = await askModels(client)
  return answer.kind === 'listed' ? answer.listed : null
}

/** What `/v1/models` says of a name. Null when the name is not served or nothing answers. */
export async function findModel(client: ServerClient, name: string): Promise<ListedModel | null> {
  return (await listModels(client))?.find(({ id }) => id === name) ?? null
}

const Refusal = z.union([
  z.object({ error: z.object({ message: z.string() }) }).transform(({ error }) => error.message),
  z.object({ success: z.literal(false), message: z.string() }).transform(({ message }) => message),
  z.object({ detail: z.string() }).transform(({ detail }) => detail),
])

/** The server's own words, or its status. */
export function refusalOf(answer: ServerAnswer): string {
  const said = Refusal.safeParse(answer.body).data ?? answer.text.slice(0, 300)
  return said === '' ? `status ${answer.status}` : said
}
