import { type SeriesCursor, seriesStart, type TrainingStep } from '../cluster.ts'
import {
  hasEnded,
  type NewTrainingRun,
  type TrainingAttempt,
  type TrainingRun,
  type TrainingStore,
  triedAgain,
} from '../training-store.ts'

type Held = {
  readonly run: TrainingRun
  readonly attempts: readonly TrainingAttempt[]
  readonly cursor: SeriesCursor
  readonly steps: ReadonlyMap<string, TrainingStep>
}

export type MemoryTrainingStore = TrainingStore & {
  /** What reopening an iteration does to the record of a round. */
  reopen(roundId: string, backend: string): void
}

/** Training jobs in memory. */
export function createMemoryTrainingStore(now: () => Date): MemoryTrainingStore {
  const held = new Map<string, Held>()
  return {
    async record(run) {
      const before = held.get(run.roundId)
      const after = before === undefined ? first(run, now()) : recorded(before, run, now())
      held.set(run.roundId, after)
      return after.cursor
    },

    reopen(roundId, backend) {
      const one = held.get(roundId) ?? { ...first(unseen(roundId, backend), now()), attempts: [] }
      const attempt = one.run.attempt + 1
      const begun = {
        state: 'pending',
        attempt,
        firstAttempt: attempt,
        usageBefore: one.run.usage,
        reason: triedAgain,
        queuePosition: null,
      } as const
      held.set(roundId, { ...one, run: { ...one.run, ...begun, progress: still(one.run), updatedAt: now() } })
    },

    find: async (roundId) => held.get(roundId)?.run ?? null,
    attempts: async (roundId) => held.get(roundId)?.attempts ?? [],

    async append(roundId, from, series) {
      const one = held.get(roundId)
      if (one === undefined) throw new Error(`no training of the round ${roundId} is on record`)
      if (!isSame(one.cursor, from)) return one.cursor
      const steps = new Map(one.steps)
      for (const step of series.steps) {
        const key = `${step.phaseIndex}/${step.step}`
        if ((steps.get(key)?.attempt ?? 0) <= step.attempt) steps.set(key, step)
      }
      held.set(roundId, { ...one, steps, cursor: series.next })
      return series.next
    },

    async steps({ roundId, phaseIndex, after, limit }) {
      return [...(held.get(roundId)?.steps.values() ?? [])]
        .filter((step) => phaseIndex === undefined || step.phaseIndex === phaseIndex)
        .filter((step) => after === undefined || compare(step, after) > 0)
        .sort(compare)
        .slice(0, limit)
    },
  }
}

type Position = { readonly phaseIndex: number; readonly step: number }

function compare(one: Position, other: Position): number {
  return one.phaseIndex - other.phaseIndex || one.step - other.step
}

function isSame(one: SeriesCursor, other: SeriesCursor): boolean {
  return one.attempt === other.attempt && one.offset === other.offset
}

function first(run: NewTrainingRun, updatedAt: Date): Held {
  const { because, ...rest } = run
  const attempts = [{ attempt: run.attempt, because, openedAt: updatedAt }]
  const begun = { firstAttempt: 1, usageBefore: { seconds: 0, gpuSeconds: 0 }, updatedAt }
  return { run: { ...rest, ...begun }, attempts, cursor: seriesStart, steps: new Map() }
}

/** Of a job that nobody has reported, though an attempt at it may have been opened. */
function unseen(roundId: string, backend: string): NewTrainingRun {
  return {
    roundId,
    backend,
    state: 'pending',
    attempt: 1,
    because: null,
    reason: null,
    queuePosition: null,
    progress: null,
    heartbeatAt: null,
    usage: { seconds: 0, gpuSeconds: 0 },
    cost: null,
  }
}

function recorded(before: Held, run: NewTrainingRun, updatedAt: Date): Held {
  const { because, ...next } = run
  const known = before.run
  if (hasEnded(known.state) && !hasEnded(next.state)) return before
  if (next.attempt < known.attempt && (next.state !== 'succeeded' || hasEnded(known.state))) return before
  const { usage } = known
  const merged: TrainingRun = {
    ...next,
    progress: next.progress ?? still(known),
    heartbeatAt: next.heartbeatAt ?? known.heartbeatAt,
    usage: {
      seconds: Math.max(usage.seconds, next.usage.seconds),
      gpuSeconds: Math.max(usage.gpuSeconds, next.usage.gpuSeconds),
    },
    firstAttempt: known.firstAttempt,
    usageBefore: known.usageBefore,
    cost: next.cost === null ? null : Math.max(known.cost ?? 0, next.cost),
    updatedAt,
  }
  const isKnown = before.attempts.some(({ attempt }) => attempt === next.attempt)
  // One that nobody has opened yet, though the record goes on with it, has no reason.
  const attempts =
    isKnown || (next.attempt > 1 && because === null)
      ? before.attempts
      : [...before.attempts, { attempt: next.attempt, because, openedAt: updatedAt }]
  return { ...before, run: merged, attempts }
}

/** Without what only a job that runs has. */
function still({ progress }: TrainingRun): TrainingRun['progress'] {
  return progress === null ? null : { ...progress, tokensPerSecond: null, expectedEndAt: null }
}
