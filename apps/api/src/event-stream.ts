import { once } from 'node:events'
import type { ServerResponse } from 'node:http'
import { isOver } from '@ratchet/domain/round/iteration-state.ts'
import type { ApiWorld } from './api-world.ts'
import { eventView } from './schemas/event.ts'
import type { ServerSettings } from './server-settings.ts'

export type EventStream = {
  readonly iterationId: string
  readonly after: number
  readonly settings: Pick<ServerSettings, 'eventPollMs' | 'heartbeatMs'>
  readonly closing: AbortSignal
  readonly pageSize: number
}

/**
 * Writes an iteration's events as server-sent events (WHATWG HTML, section 9.2) until it is over, the client goes away or the
 * server closes. Never throws: the status has been sent, so a failure can only end the stream, and the client resumes.
 */
export async function streamEvents(world: ApiWorld, response: ServerResponse, stream: EventStream): Promise<void> {
  const gone = new AbortController()
  response.once('close', () => gone.abort(new Error('the client went away')))
  response.on('error', () => {})
  const signal = AbortSignal.any([gone.signal, stream.closing])
  response.writeHead(200, {
    'content-type': 'text/event-stream; charset=utf-8',
    'cache-control': 'no-store',
    'x-accel-buffering': 'no',
    connection: 'keep-alive',
  })
  try {
    await writeEvents(world, response, stream, signal)
  } catch (error) {
    if (!signal.aborted)
      world.logger.warn(
        { iterationId: stream.iterationId, reason: error instanceof Error ? error.message : String(error) },
        'an event stream broke',
      )
  }
  response.end()
}

async function writeEvents(
  world: ApiWorld,
  response: ServerResponse,
  stream: EventStream,
  signal: AbortSignal,
): Promise<void> {
  const { iterationId, settings, pageSize } = stream
  let after = stream.after
  let silentMs = 0
  await write(response, `retry: 1000\n\n`, signal)
  for (;;) {
    signal.throwIfAborted()
    const iteration = await world.rounds.iteration(iterationId)
    const events = await world.events.read(iterationId, after, pageSize)
    for (const event of events) {
      await write(
        response,
        `id: ${event.seq}\nevent: ${event.kind}\ndata: ${JSON.stringify(eventView(event))}\n\n`,
        signal,
      )
      after = event.seq
    }
    if (events.length > 0) silentMs = 0
    if (events.length === pageSize) continue
    if (iteration === null || isOver(iteration.state)) {
      const data = JSON.stringify({ state: iteration?.state ?? null, reason: iteration?.reason ?? null })
      await write(response, `event: end\ndata: ${data}\n\n`, signal)
      return
    }
    await world.clock.sleep(settings.eventPollMs, signal)
    silentMs += settings.eventPollMs
    if (silentMs >= settings.heartbeatMs) {
      await write(response, ': still here\n\n', signal)
      silentMs = 0
    }
  }
}

/** Waits when the client reads more slowly than events come. */
async function write(response: ServerResponse, text: string, signal: AbortSignal): Promise<void> {
  if (!response.write(text)) await once(response, 'drain', { signal })
}
