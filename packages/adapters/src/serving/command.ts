import { resolve } from 'node:path'
import type { Clock } from '@ratchet/ports/clock.ts'
import type { Serving } from '@ratchet/ports/serving.ts'
import { childEnvironment } from '../detached-process/start-detached.ts'
import { lookAtServer } from './look-at-server.ts'
import { drain } from './running-requests.ts'
import { createServerClient } from './server-client.ts'
import { checkServerName, serverCommand } from './server-command.ts'
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

  return {
    ensure: async (deployment) => {
      const name = checkServerName(deployment.name)
      const path = resolve(deployment.path)
      const server = await ensureServerProcess({
        directory,
        name,
        command: (port) => serverCommand(settings.command, { path, name, port: String(port) }),
        env: { ...childEnvironment(settings.inherited), ...settings.env },
        startTimeoutMs: settings.startTimeoutSeconds * 1000,
        clock,
      })
      if (server.state !== 'healthy') return server
      const client = createServerClient(server.url)
      const report = await lookAtServer(client, server.url, { ...deployment, path }, settings)
      await client.close()
      // The next look starts anew, after somebody has changed something.
      if (report.state === 'failed') await stopServerProcess(directory, name, 10_000, clock)
      return report
    },
    release: async (given) => {
      const name = checkServerName(given)
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
