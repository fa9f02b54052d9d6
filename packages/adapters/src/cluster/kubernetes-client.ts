import { Agent, request } from 'undici'
import type { z } from 'zod'
import type { KubernetesAccess } from './kubernetes-access.ts'
import { failureOfConnection, failureOfStart, failureOfStatus } from './kubernetes-failure.ts'
import { KubernetesRefusal } from './kubernetes-objects.ts'

const timeoutMs = 30_000

export type KubernetesRequest = {
  readonly method?: 'POST' | 'PATCH' | 'DELETE'
  /** Under the server, as in `/api/v1/namespaces/default/pods`. */
  readonly path: string
  readonly query?: Readonly<Record<string, string | number>>
  /** Sent as JSON; of a PATCH, as a merge patch. */
  readonly body?: object
}

export type KubernetesClient = {
  readonly namespace: string
  /** The answer, parsed. Throws KubernetesFailure. */
  ask<Answer>(request: KubernetesRequest, answer: z.ZodType<Answer>): Promise<Answer>
  /** The same for what is text, or for an answer that does not matter. */
  text(request: KubernetesRequest): Promise<string>
  close(): Promise<void>
}

/** Speaks plain HTTPS with the API: a request a call. Only what a starting API server may have refused is repeated, once. */
export function createKubernetesClient(access: KubernetesAccess): KubernetesClient {
  const { server, authority, certificate, key, serverName, verified } = access
  const agent = new Agent({
    keepAliveTimeout: 1000,
    connect: {
      rejectUnauthorized: verified,
      ...(authority === undefined ? {} : { ca: authority }),
      ...(certificate === undefined ? {} : { cert: certificate }),
      ...(key === undefined ? {} : { key }),
      ...(serverName === undefined ? {} : { servername: serverName }),
    },
  })

  const text = async (wanted: KubernetesRequest): Promise<string> => {
    let answer = await send(wanted, access.token())
    if (answer.status === 401 || answer.status === 403) {
      if (!(await isReady(answer.status))) throw failureOfStart(server, answer.status)
      // It may have become ready in between; what was refused was not done.
      answer = await send(wanted, access.token())
    }
    if (answer.status >= 200 && answer.status < 300) return answer.text
    throw failureOfStatus(answer.status, KubernetesRefusal.safeParse(parsed(answer.text)).data?.message ?? '')
  }

  /** An API server that starts takes requests before it knows accounts and roles, and refuses everybody. */
  const isReady = async (refused: 401 | 403): Promise<boolean> => {
    const { status } = await send({ path: '/readyz' }, refused === 401 ? undefined : access.token())
    // It may not be for everybody to see.
    return status === 200 || (refused === 401 && status === 401)
  }

  const send = (
    { method, path, query = {}, body }: KubernetesRequest,
    token: string | undefined,
  ): Promise<{ status: number; text: string }> => {
    const parameters = Object.entries(query).map(([name, value]) => `${name}=${encodeURIComponent(value)}`)
    return exchange(`${server}${path}${parameters.length === 0 ? '' : `?${parameters.join('&')}`}`, {
      method: method ?? 'GET',
      headers: {
        accept: 'application/json, */*',
        ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
        ...(body === undefined
          ? {}
          : { 'content-type': method === 'PATCH' ? 'application/merge-patch+json' : 'application/json' }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    })
  }

  const exchange = async (
    url: string,
    options: Omit<NonNullable<Parameters<typeof request>[1]>, 'dispatcher'>,
  ): Promise<{ status: number; text: string }> => {
    try {
      const answer = await request(url, { ...options, dispatcher: agent, signal: AbortSignal.timeout(timeoutMs) })
      return { status: answer.statusCode, text: await answer.body.text() }
    } catch (error) {
      throw failureOfConnection(server, error)
    }
  }

  return {
    namespace: access.namespace,
    text,
    ask: async (wanted, answer) => {
      const result = answer.safeParse(parsed(await text(wanted)))
      if (result.success) return result.data
      const issue = result.error.issues[0]
      throw failureOfStatus(502, `${wanted.path} answers oddly: ${issue?.path.join('.')}: ${issue?.message}`)
    },
    close: () => agent.destroy(),
  }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return null
  }
}
