import type { Clock } from '@ratchet/ports/clock.ts'
import type { Serving } from '@ratchet/ports/serving.ts'
import { childEnvironment } from '../detached-process/start-detached.ts'
import { createPolicyServerServing } from './policy-server.ts'
import { ensureServerProcess, serverAddress, stopServerProcess } from './server-process.ts'

export type EmbeddedPolicyServerSettings = {
  /** Holds the server's state and log. */
  readonly directory: string
  /** The interpreter and `serve.py`; host, port, threads and device are appended. */
  readonly server: readonly string[]
  readonly maxInFlight: number
  readonly env: Readonly<Record<string, string | undefined>>
  readonly clock: Clock
  /** Default: the one it had before, or any free one. */
  readonly port?: number
  readonly threads?: number
  readonly device?: 'auto' | 'cpu' | 'cuda'
  /** Default 600,000. */
  readonly startTimeoutMs?: number
  /** Leave the server running on `close`, for whoever comes next. Default true. */
  readonly keepRunning?: boolean
}

const name = 'policy-server'

/** Serves checkpoints on a policy server of our own that runs beside the worker, outlives it and is started again when it died. */
export function createEmbeddedPolicyServer(settings: EmbeddedPolicyServerSettings): Serving {
  const { directory, clock } = settings
  let current: { readonly url: string; readonly serving: Serving } | null = null

  const servingAt = async (url: string): Promise<Serving> => {
    if (current?.url === url) return current.serving
    await current?.serving.close()
    current = { url, serving: createPolicyServerServing({ url, maxInFlight: settings.maxInFlight }) }
    return current.serving
  }

  return {
    ensure: async (deployment) => {
      const server = await ensureServerProcess({
        directory,
        name,
        command: (port) => [
          ...settings.server,
          '--host',
          '127.0.0.1',
          '--port',
          String(port),
          '--threads',
          String(settings.threads ?? 1),
          '--device',
          settings.device ?? 'auto',
        ],
        env: childEnvironment(settings.env),
        port: settings.port,
        startTimeoutMs: settings.startTimeoutMs ?? 600_000,
        clock,
      })
      return server.state === 'healthy' ? (await servingAt(server.url)).ensure(deployment) : server
    },
    release: async (deployment) => {
      const url = serverAddress(directory, name)
      if (url !== null) await (await servingAt(url)).release(deployment)
    },
    close: async () => {
      await current?.serving.close()
      if (settings.keepRunning === false) await stopEmbeddedPolicyServer(directory, clock)
    },
  }
}

/** Stops the server of a directory, whoever started it; none is fine. */
export async function stopEmbeddedPolicyServer(directory: string, clock: Clock): Promise<void> {
  await stopServerProcess(directory, name, 10_000, clock)
}
