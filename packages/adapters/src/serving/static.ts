import { resolve } from 'node:path'
import type { Endpoint } from '@ratchet/domain/recipe/recipe.ts'
import type { DeploymentReport, Serving } from '@ratchet/ports/serving.ts'
import { echoScorer, proveCanary } from './prove-canary.ts'
import { createServerClient, findModel } from './server-client.ts'

export type StaticServingSettings = {
  /** The name under which a checkpoint answers; `{name}` and `{path}` are the deployment's. */
  readonly model: string
  readonly endpoints: readonly Endpoint[]
  /** Where API keys are looked up by name. */
  readonly env: Readonly<Record<string, string | undefined>>
}

/**
 * Endpoints that somebody else serves checkpoints on: nothing is started, loaded or stopped. A checkpoint is waited for until every
 * endpoint lists its name and serves it: the endpoints' owner may put it there, or mend what is there, at any time.
 */
export function createStaticServing({ model: template, endpoints, env }: StaticServingSettings): Serving {
  const clients = endpoints.map((endpoint) => {
    const { url, apiKeyEnv } = endpoint
    return { url, client: createServerClient(url, apiKeyEnv === undefined ? undefined : env[apiKeyEnv]) }
  })

  return {
    ensure: async ({ name, path: given, canary }): Promise<DeploymentReport> => {
      const path = resolve(given)
      const model = template.replaceAll('{name}', name).replaceAll('{path}', path)
      for (const { url, client } of clients) {
        const listed = await findModel(client, model)
        if (listed === null)
          return {
            state: 'starting',
            reason: `${url} does not serve ${model} yet: serve ${path} there under that name`,
          }
        if (canary === null) continue
        const proof = await proveCanary(echoScorer(client, model), model, canary)
        if (proof.kind === 'unanswered') return { state: 'starting', reason: `${url} does not answer for ${model} yet` }
        if (proof.kind === 'refuted')
          return { state: 'starting', reason: `${proof.reason} (at ${url}): serve ${path} there under that name` }
      }
      return { state: 'ready', served: { model, endpoints: [...endpoints] } }
    },
    release: async () => {},
    close: async () => {
      await Promise.all(clients.map(({ client }) => client.close()))
    },
  }
}
