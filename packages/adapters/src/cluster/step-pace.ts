import type { TrainingEvent } from './training-events.ts'

/** How an attempt gets on with its steps. */
export type StepPace = {
  /** For how long the trainer has lived since its newest step or save. Null while it does what has no steps: fetching, loading, publishing. */
  readonly stillMs: number | null
  /** The median time between the newest steps of the phase; null before its first step. */
  readonly usualMs: number | null
}

const none: StepPace = { stillMs: null, usualMs: null }

/** A machine that slept or was suspended did not train meanwhile; a trainer that lives is never silent for so long. */
const longestGapMs = 60_000

/** The pace by the newest events of an attempt, oldest first. Only the trainer's own clock counts. */
export function stepPace(events: readonly TrainingEvent[]): StepPace {
  const newest = events.findLastIndex(({ kind }) => kind !== 'heartbeat' && kind !== 'signal')
  const last = events[newest]
  if (last === undefined || (last.kind !== 'step' && last.kind !== 'save')) return none
  const ofPhase = events.filter(
    ({ kind, phase }) => (kind === 'step' || kind === 'phase') && Number(phase ?? 0) === Number(last.phase ?? 0),
  )
  const maxSteps = ofPhase.findLast((event) => event.maxSteps != null)?.maxSteps ?? Number.POSITIVE_INFINITY
  // What follows the last step of a phase is the saving of its outcome and the loading of the next.
  if ((last.step ?? 0) >= maxSteps) return none
  const lived = gaps(events.slice(newest)).reduce((sum, gap) => sum + Math.min(gap, longestGapMs), 0)
  return { stillMs: lived, usualMs: median(gaps(ofPhase)) }
}

function gaps(events: readonly TrainingEvent[]): number[] {
  return events.slice(1).map(({ at }, index) => Math.max(0, Date.parse(at) - Date.parse(events[index]?.at ?? at)))
}

function median(values: readonly number[]): number | null {
  return values.toSorted((one, other) => one - other)[Math.floor(values.length / 2)] ?? null
}
