import { readdirSync } from 'node:fs'
import type { SeriesCursor, StepSeries, TrainingStep } from '@ratchet/ports/cluster.ts'
import { attemptDirectory } from './run-directory.ts'
import { eventsFrom, firstEvents, type TrainingEvent } from './training-events.ts'

/** The steps since a cursor, of one attempt at a time. */
export function readSeries(runDirectory: string, cursor: SeriesCursor): StepSeries {
  // Before the read: once a later trainer has said anything, the earlier one is gone and its file complete.
  const following = nextBegun(runDirectory, cursor.attempt)
  const { events, end } = eventsFrom(attemptDirectory(runDirectory, cursor.attempt), cursor.offset)
  if (end === cursor.offset && following !== null) return { steps: [], next: { attempt: following, offset: 0 } }
  return {
    steps: events.flatMap((event) => stepOf(event, cursor.attempt)),
    next: { attempt: cursor.attempt, offset: end },
  }
}

/** The next attempt whose trainer has said something; null when there is none. */
function nextBegun(runDirectory: string, attempt: number): number | null {
  let names: string[]
  try {
    names = readdirSync(runDirectory)
  } catch {
    return null
  }
  const later = names
    .flatMap((name) => /^attempt-(\d+)$/.exec(name)?.[1] ?? [])
    .map(Number)
    .filter((number) => number > attempt)
    .sort((one, other) => one - other)
  return later.find((number) => firstEvents(attemptDirectory(runDirectory, number)).length > 0) ?? null
}

function stepOf(event: TrainingEvent, attempt: number): TrainingStep[] {
  const { kind, step, phase } = event
  const phaseIndex = Number(phase ?? 0)
  if (kind !== 'step' || !isCount(step) || !isCount(phaseIndex)) return []
  return [
    {
      attempt,
      phaseIndex,
      step,
      at: new Date(event.at),
      loss: event.loss ?? null,
      learningRate: event.learningRate ?? null,
      gradNorm: event.gradNorm ?? null,
      tokens: isWhole(event.tokens) ? event.tokens : null,
      rewardsMargin: event.rewardsMargin ?? null,
      rewardsAccuracy: event.rewardsAccuracy ?? null,
    },
  ]
}

function isWhole(value: number | null | undefined): value is number {
  return Number.isSafeInteger(value) && Number(value) >= 0
}

/** As databases count: in 31 bits. */
function isCount(value: number | null | undefined): value is number {
  return isWhole(value) && value < 2 ** 31
}
