import { setTimeout as sleep } from 'node:timers/promises'
import type { EventView } from '@ratchet/api/schemas/event.ts'
import type { IterationView } from '@ratchet/api/schemas/iteration.ts'
import type { TrainingSummary } from '@ratchet/api/schemas/training.ts'
import { isOver } from '@ratchet/domain/round/iteration-state.ts'
import type { ApiClient } from './api-client.ts'
import { ApiUnreachable } from './api-error.ts'
import { eventLine } from './event-line.ts'
import type { Progress } from './progress/create-progress.ts'
import { roundLines } from './progress/round-lines.ts'

export type WatchOptions = {
  /** Only events after this number; all by default. */
  readonly after?: number
  readonly signal?: AbortSignal
  readonly lookEveryMs?: number
  /** Told of every event, besides the line that is printed. */
  readonly onEvent?: (event: EventView) => void
  /** Told of the current round's training job whenever a look finds that it has moved on. */
  readonly onTraining?: (roundId: string, training: TrainingSummary) => void
}

/**
 * Shows an iteration until it is over and returns it then: events as lines, the current round as bars. A server that goes away is
 * waited for. Throws ApiRefused, as when there is no such iteration, and the signal's reason.
 */
export async function watchIteration(
  client: ApiClient,
  iterationId: string,
  progress: Progress,
  options: WatchOptions = {},
): Promise<IterationView> {
  const { after = 0, signal, lookEveryMs = 1000, onEvent, onTraining = () => {} } = options
  await client.iteration(iterationId, signal)
  const ended = new AbortController()
  const looking = look(
    client,
    iterationId,
    progress,
    { everyMs: lookEveryMs, onTraining },
    AbortSignal.any([ended.signal, ...(signal === undefined ? [] : [signal])]),
  )
  try {
    const events = client.events(iterationId, {
      after,
      ...(signal === undefined ? {} : { signal }),
      onLost: (waitMs) => waitMs >= 1000 && progress.note(`the connection to ${client.url} is lost; trying again`),
    })
    for await (const event of events) {
      progress.note(eventLine(event))
      onEvent?.(event)
    }
  } finally {
    ended.abort()
    await looking
  }
  const iteration = await patiently(() => client.iteration(iterationId, signal), lookEveryMs, signal)
  const last = iteration.rounds.findLast((round) => round.state !== 'waiting')
  if (last !== undefined)
    progress.update(roundLines(await patiently(() => client.round(last.id, signal), lookEveryMs, signal)))
  return iteration
}

/** Repaints the current round until aborted. */
async function look(
  client: ApiClient,
  iterationId: string,
  progress: Progress,
  { everyMs, onTraining }: { readonly everyMs: number; readonly onTraining: NonNullable<WatchOptions['onTraining']> },
  signal: AbortSignal,
): Promise<void> {
  let told = ''
  while (!signal.aborted) {
    try {
      const iteration = await client.iteration(iterationId, signal)
      const current = iteration.rounds.findLast((round) => round.state !== 'waiting')
      if (current !== undefined) {
        const round = await client.round(current.id, signal)
        signal.throwIfAborted()
        const paused =
          iteration.state === 'running' || isOver(iteration.state) ? [] : [`the iteration is ${iteration.state}`]
        progress.update([...roundLines(round), ...paused])
        const { training } = round
        const seen =
          training === null ? '' : JSON.stringify([round.id, training.state, training.attempt, training.step])
        if (training !== null && seen !== told) onTraining(round.id, training)
        told = seen
      }
    } catch {
      // Following the events says what is wrong with the connection; here the next look is enough.
    }
    await sleep(everyMs, undefined, { signal }).catch(() => {})
  }
}

async function patiently<T>(read: () => Promise<T>, waitMs: number, signal: AbortSignal | undefined): Promise<T> {
  for (;;) {
    try {
      return await read()
    } catch (error) {
      if (!(error instanceof ApiUnreachable)) throw error
      await sleep(waitMs, undefined, signal === undefined ? {} : { signal })
    }
  }
}
