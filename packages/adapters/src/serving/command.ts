import { resolve } from 'node:path'
import type { Clock } from '@ratchet/ports/clock.ts'
import { PortError } from '@ratchet/ports/port-error.ts'
import type { DeploymentReport, DeploymentRequest, Serving } from '@ratchet/ports/serving.ts'
import { childEnvironment } from '../detached-process/start-detached.ts'
import { echoScorer, proveCanary } from './prove-canary.ts'
import { drain } from './running-requests.ts'
import { createServerClient, findModel, type ServerClient } from './server-client.ts'
import { ensureServerProcess, serverAddress, stopServerProcess } from './server-process.ts'

export type CommandServingSettings = {
  /** Holds each server's state and log. */
  readonly directory: string
  /** `{path}`, `{name}` and `{port}` are replaced in each argument. */
  readonly command: readonly string[]
  /** Added to what a child needs of `inherited`. */
  readonly env: Readonly<Record<string, string>>
  readonly inherited: Readonly<Record<string, string | undefined>>
  readonly startTimeoutSeconds: number
  /** Requests in flight at most on each server. */
  readonly maxInFlight: number
  readonly clock: Clock
  /** How long running requests may go on after the release. Default 60,000. */
  readonly drainTimeoutMs?: number
}

/** One server process a checkpoint, as vLLM or SGLang started by a command. They outlive the worker and are found again. */
export function createCommandServing(settings: CommandServingSettings): Serving {
  const { directory, clock } = settings

  const look = async (
    client: ServerClient,
    url: string,
    { name, path, canary }: DeploymentRequest,
  ): Promise<DeploymentReport> => {
    const served = await findModel(client, name)
    if (served === null)
      return {
        state: 'failed',
        reason: `the server at ${url} does not serve ${name}: let its command use {name} as the model's name`,
      }
    if (served.root !== null && resolve(served.root) !== resolve(path) && canary === null)
      return { state: 'failed', reason: `${name} serves ${served.root}, not ${path}` }
    // Each look proves anew: whoever restarted the server since may have done so on other files.
    if (canary !== null) {
      const outcome = await proveCanary(echoScorer(client, name), name, canary)
      if (outcome.kind === 'unanswered')
        return { state: 'starting', reason: `the server at ${url} does not answer yet` }
      if (outcome.kind === 'refuted') return { state: 'failed', reason: outcome.reason }
    }
    const endpoint = { url: `${url}/v1`, maxInFlight: settings.maxInFlight }
    return { state: 'ready', served: { model: name, endpoints: [endpoint] } }
  }

  return {
    ensure: async (deployment) => {
      const name = checkName(deployment.name)
      const path = resolve(deployment.path)
      const server = await ensureServerProcess({
        directory,
        name,
        command: (port) => settings.command.map((argument) => fill(argument, { path, name, port: String(port) })),
        env: { ...childEnvironment(settings.inherited), ...settings.env },
        startTimeoutMs: settings.startTimeoutSeconds * 1000,
        clock,
      })
      if (server.state !== 'healthy') return server
      const client = createServerClient(server.url)
      const report = await look(client, server.url, { ...deployment, path })
      await client.close()
      // The next look starts anew, after somebody has changed something.
      if (report.state === 'failed') await stopServerProcess(directory, name, 10_000, clock)
      return report
    },
    release: async (given) => {
      const name = checkName(given)
      const url = serverAddress(directory, name)
      if (url !== null) {
        const client = createServerClient(url)
        await drain(client, { timeoutMs: settings.drainTimeoutMs ?? 60_000, clock })
        await client.close()
      }
      // Some servers wait for ever on open requests once they are told to end: the whole group is killed after the grace.
      await stopServerProcess(directory, name, 10_000, clock)
    },
    close: async () => {},
  }
}

function checkName(name: string): string {
  if (!/^[A-Za-z0-9][A-Za-z0-9._-]*$/.test(name))
    throw new PortError(`the deployment name ${JSON.stringify(name)} cannot be a file name`, { retryable: false })
  return name
}

function fill(argument: string, values: Readonly<Record<string, string>>): string {
  return argument.replaceAll(/\{(path|name|port)\}/g, (_whole, key: string) => values[key] ?? '')
}
