import { createHash, timingSafeEqual } from 'node:crypto'
import type { FastifyRequest } from 'fastify'
import { HttpProblem } from './http-problem.ts'
import { type ApiKey, isLoopback, type Scope } from './server-settings.ts'

/** Reading needs `read`; whatever changes something needs `write`. */
export function scopeOf(method: string): Scope {
  return method === 'GET' || method === 'HEAD' || method === 'OPTIONS' ? 'read' : 'write'
}

/**
 * Lets a request pass or throws 401 or 403. Keys are bearer tokens (RFC 6750) and are compared by hash in constant time, all of
 * them, so that the time taken tells nothing.
 */
export function authorize(request: FastifyRequest, apiKeys: readonly ApiKey[]): void {
  if (apiKeys.length === 0) {
    refuseStrangers(request)
    return
  }
  const presented = /^Bearer +(\S+) *$/i.exec(request.headers.authorization ?? '')?.[1]
  if (presented === undefined)
    throw new HttpProblem(401, 'unauthorized', 'an API key is needed: send it as `Authorization: Bearer …`', {
      headers: { 'www-authenticate': 'Bearer realm="ratchet"' },
    })
  const hash = createHash('sha256').update(presented).digest()
  const matching = apiKeys.filter((key) => timingSafeEqual(Buffer.from(key.hash, 'hex'), hash))
  if (matching.length === 0)
    throw new HttpProblem(401, 'unauthorized', 'this API key is not known here', {
      headers: { 'www-authenticate': 'Bearer realm="ratchet", error="invalid_token"' },
    })
  const scope = scopeOf(request.method)
  const granted = new Set(matching.flatMap((key) => key.scopes))
  if (!granted.has(scope) && !granted.has('write'))
    throw new HttpProblem(403, 'forbidden', `this API key has not the scope ${scope}`, {
      headers: { 'www-authenticate': `Bearer realm="ratchet", error="insufficient_scope", scope="${scope}"` },
    })
}

/** Without keys, a web page that the user happens to visit must not reach the API through the user's own browser. */
function refuseStrangers(request: FastifyRequest): void {
  if (!isLoopback(hostnameOf(`http://${request.headers.host ?? ''}`)))
    throw new HttpProblem(
      403,
      'forbidden',
      'without API keys this server answers only under a loopback name such as 127.0.0.1',
    )
  const { origin } = request.headers
  if (origin !== undefined && !isLoopback(hostnameOf(origin)))
    throw new HttpProblem(403, 'forbidden', 'without API keys this server answers no pages from elsewhere')
}

function hostnameOf(url: string): string {
  return URL.canParse(url) ? new URL(url).hostname : ''
}
