import { resolve } from 'node:path'
import type { DeploymentReport, Serving } from '@ratchet/ports/serving.ts'
import { echoScorer, proveCanary } from './prove-canary.ts'
import { createServerClient, findModel, refusalOf, rootOf } from './server-client.ts'

export type PolicyServerSettings = {
  /** The server's root or its `/v1`. */
  readonly url: string
  /** Requests in flight at most, over all its checkpoints. */
  readonly maxInFlight: number
  /** A big checkpoint takes a while to load. Default 600,000. */
  readonly loadTimeoutMs?: number
}

/**
 * Serves checkpoints on one running policy server, which holds several at once. A server that was restarted gets them again. A name
 * that is served from another directory is taken for the same checkpoint when it reproduces the canary, as when two equal runs
 * have trained equal weights.
 */
export function createPolicyServerServing(settings: PolicyServerSettings): Serving {
  const root = rootOf(settings.url)
  const client = createServerClient(root)
  const starting = (reason: string): DeploymentReport => ({ state: 'starting', reason })

  const unload = async (name: string): Promise<void> => {
    await client.ask('DELETE', `/v1/checkpoints/${encodeURIComponent(name)}`, undefined, 60_000)
  }

  return {
    ensure: async ({ name, path: given, canary }) => {
      const path = resolve(given)
      const served = await findModel(client, name)
      if (served === null) {
        const answer = await client.ask('POST', '/v1/checkpoints', { name, path }, settings.loadTimeoutMs ?? 600_000)
        if (answer === null || answer.status === 503)
          return starting(`the policy server at ${root} does not answer yet`)
        if (answer.status === 409) return { state: 'failed', reason: `the name ${name} is taken: ${refusalOf(answer)}` }
        if (answer.status >= 400)
          return {
            state: 'failed',
            reason: `the policy server at ${root} could not load ${path}: ${refusalOf(answer)}`,
          }
        const loaded = await findModel(client, name)
        if (loaded === null) return starting(`the policy server at ${root} loads ${name}`)
        if (loaded.root !== path) return isOther(name, loaded.root, path)
      } else if (served.root !== path && canary === null) return isOther(name, served.root, path)
      if (canary !== null) {
        const proof = await proveCanary(echoScorer(client, name), name, canary)
        if (proof.kind === 'unanswered') return starting(`the policy server at ${root} does not answer for ${name} yet`)
        if (proof.kind === 'refuted') {
          if (served !== null && served.root !== path) return isOther(name, served.root, path)
          // The next look loads it anew.
          await unload(name)
          return { state: 'failed', reason: proof.reason }
        }
      }
      const endpoint = { url: `${root}/v1`, maxInFlight: settings.maxInFlight }
      return { state: 'ready', served: { model: name, endpoints: [endpoint] } }
    },
    release: unload,
    close: () => client.close(),
  }
}

function isOther(name: string, root: string | null, path: string): DeploymentReport {
  return { state: 'failed', reason: `${name} serves ${root ?? 'an unnamed checkpoint'} already, not ${path}` }
}
