import { resolve } from 'node:path'
import type { DeploymentReport, DeploymentRequest } from '@ratchet/ports/serving.ts'
import { echoScorer, proveCanary } from './prove-canary.ts'
import { askModels, type ServerClient } from './server-client.ts'

/**
 * What a healthy server that was started for one checkpoint serves. Each look proves anew: whoever restarted the server since may have
 * done so on other files.
 */
export async function lookAtServer(
  client: ServerClient,
  url: string,
  { name, path, canary }: DeploymentRequest,
  endpoint: { readonly maxInFlight: number; readonly apiKeyEnv?: string | undefined },
): Promise<DeploymentReport> {
  const models = await askModels(client)
  if (models.kind === 'unanswered') return unanswered(url)
  if (models.kind === 'refused')
    return {
      state: 'failed',
      reason: `the server at ${url} refuses our key: let serving.apiKeyEnv name the variable that holds its own`,
    }
  const served = models.listed.find(({ id }) => id === name)
  if (served === undefined)
    return {
      state: 'failed',
      reason: `the server at ${url} does not serve ${name}: let its command use {name} as the model's name`,
    }
  if (served.root !== null && resolve(served.root) !== resolve(path) && canary === null)
    return { state: 'failed', reason: `${name} serves ${served.root}, not ${path}` }
  if (canary !== null) {
    const outcome = await proveCanary(echoScorer(client, name), name, canary)
    if (outcome.kind === 'unanswered') return unanswered(url)
    if (outcome.kind === 'refuted') return { state: 'failed', reason: outcome.reason }
  }
  const { maxInFlight, apiKeyEnv } = endpoint
  const keyed = apiKeyEnv === undefined ? {} : { apiKeyEnv }
  return { state: 'ready', served: { model: name, endpoints: [{ url: `${url}/v1`, maxInFlight, ...keyed }] } }
}

function unanswered(url: string): DeploymentReport {
  return { state: 'starting', reason: `the server at ${url} does not answer yet` }
}
