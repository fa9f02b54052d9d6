import { join, resolve } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { type EmbeddedPostgresSettings, startEmbeddedPostgres } from './embedded-postgres.ts'
import { readPostmaster } from './postmaster.ts'

export type WatchSettings = EmbeddedPostgresSettings & {
  /** The address that others hold. */
  readonly url: string
  /** How often to look. Default 1,000. */
  readonly everyMs?: number
  /** A server that died, and how starting it again went. */
  readonly onDeath: (line: string) => void
}

/**
 * Looks after an embedded server until closed: one that died is started again on the port it had, where every pool that knew it
 * finds it again.
 */
export function watchEmbeddedPostgres(settings: WatchSettings): { close(): Promise<void> } {
  const { directory, url, everyMs = 1_000, onDeath } = settings
  const pidFile = join(resolve(directory), 'cluster', 'data', 'postmaster.pid')
  const port = Number(new URL(url).port)
  const closing = new AbortController()
  const watch = async (): Promise<void> => {
    while (!closing.signal.aborted) {
      if (readPostmaster(pidFile).state !== 'alive') await startAgain()
      await sleep(everyMs, undefined, { signal: closing.signal }).catch(() => {})
    }
  }
  const startAgain = async (): Promise<void> => {
    try {
      await startEmbeddedPostgres({ ...settings, port })
      onDeath('PostgreSQL had died and was started again')
    } catch (error) {
      onDeath(`PostgreSQL died and does not start: ${error instanceof Error ? error.message : String(error)}`)
    }
  }
  const watching = watch()
  return {
    async close() {
      closing.abort()
      await watching
    },
  }
}
