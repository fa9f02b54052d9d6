import { setTimeout as sleep } from 'node:timers/promises'
import { EventView } from '@ratchet/api/schemas/event.ts'
import type { ApiConnection } from './api-connection.ts'
import { ApiRefused } from './api-error.ts'
import { readSentEvents } from './event-lines.ts'

export type FollowOptions = {
  /** Only events after this number. */
  readonly after?: number
  readonly signal?: AbortSignal
  /** Told when the connection is lost, before each wait. */
  readonly onLost?: (waitMs: number) => void
}

const longestWaitMs = 10_000

/**
 * An iteration's events, each once and in order, until it is over. A lost connection is taken up again where it broke, for as long
 * as it takes. Throws ApiRefused for what trying again cannot mend, and the signal's reason.
 */
export async function* followEvents(
  api: ApiConnection,
  iterationId: string,
  options: FollowOptions = {},
): AsyncGenerator<EventView> {
  const { signal, onLost } = options
  let after = options.after ?? 0
  let waitMs = 250
  for (;;) {
    try {
      const response = await api.open(`/v1/iterations/${encodeURIComponent(iterationId)}/events`, {
        headers: { accept: 'text/event-stream', 'last-event-id': String(after) },
        signal,
      })
      if (response.status === 204 || response.body === null) return
      for await (const sent of readSentEvents(response.body)) {
        if (sent.event === 'end') return
        const event = EventView.parse(JSON.parse(sent.data))
        after = event.seq
        waitMs = 250
        yield event
      }
    } catch (error) {
      signal?.throwIfAborted()
      if (error instanceof ApiRefused && error.document.status < 500) throw error
    }
    onLost?.(waitMs)
    await sleep(waitMs, undefined, signal === undefined ? {} : { signal })
    waitMs = Math.min(longestWaitMs, waitMs * 2)
  }
}
