import { listen } from '@ratchet/api/listen.ts'
import { createServer } from '@ratchet/api/server.ts'
import { compose } from '@ratchet/installation/compose.ts'
import type { Settings } from '@ratchet/installation/env.ts'
import { claimServer } from '@ratchet/installation/server-state.ts'
import { runWorker } from '@ratchet/worker/run-worker.ts'

export type InstallationOptions = {
  /** One line about what is being started. */
  readonly note: (line: string) => void
  /** Where the log goes; standard error when left out. */
  readonly logFile?: string
}

export type Installation = {
  readonly url: string
  close(): Promise<void>
}

/** API and worker in one process, with embedded services for whatever the settings leave out. Throws one sentence. */
export async function startInstallation(settings: Settings, options: InstallationOptions): Promise<Installation> {
  const { host, port, keys } = settings.api
  const claim = claimServer(settings.dataDirectory)
  const closing: (() => Promise<void>)[] = [async () => claim.release()]
  const close = async (): Promise<void> => {
    for (let each = closing.pop(); each !== undefined; each = closing.pop()) await each()
  }
  try {
    const composed = await compose(settings, { name: 'ratchet', ...options })
    closing.push(composed.close)
    const server = await createServer(composed.world, { host, apiKeys: [...keys] })
    closing.push(() => server.close())
    const url = await listen(server, host, port)
    const worker = await runWorker(composed.world, settings)
    closing.push(() => worker.close())
    claim.publish(url)
    return { url, close }
  } catch (error) {
    await close()
    throw error
  }
}
