import type { Logger } from '@ratchet/ports/logger.ts'

/** Notices when the store can be reached, and when not, and says so once for each outage. */
export type Outage = {
  begin(reason: string): void
  end(): void
}

export function createOutage(logger: Logger, end: 'enqueues' | 'consumes'): Outage {
  let lasting = false
  return {
    begin(reason) {
      if (!lasting) logger.warn({ end, reason }, 'the queue cannot be reached')
      lasting = true
    },
    end() {
      if (lasting) logger.info({ end }, 'the queue can be reached again')
      lasting = false
    },
  }
}
