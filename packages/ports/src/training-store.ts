import type { JobProgress, JobUsage, SeriesCursor, StepSeries, TrainingStep } from './cluster.ts'

/** What is on record of the rounds' training jobs: where each is, its attempts, and the series of its steps. */
export interface TrainingStore {
  /**
   * Records where a round's job is and answers with where its stored series ends. Without progress, step and loss stay the last known;
   * usage only grows. What somebody slower says is ignored: of an earlier attempt, but that it succeeded; or anything but an end after an
   * end.
   */
  record(run: NewTrainingRun): Promise<SeriesCursor>
  find(roundId: string): Promise<TrainingRun | null>
  /** Opened attempts, the first first. Those after the first are known by why they were opened. */
  attempts(roundId: string): Promise<readonly TrainingAttempt[]>
  /**
   * In one transaction: stores steps and moves the end of the series on from `from`. Stores nothing when it no longer is there. A later
   * attempt's step replaces an earlier one's. Answers with where the series ends now; throws for a round that was never recorded.
   */
  append(roundId: string, from: SeriesCursor, series: StepSeries): Promise<SeriesCursor>
  /** By phase and step, each once, after a position. */
  steps(query: StepsQuery): Promise<readonly TrainingStep[]>
}

/** `paused` and `cancelled` are ours; the others the cluster's. */
export const trainingStates = ['pending', 'running', 'paused', 'succeeded', 'failed', 'cancelled'] as const
export type TrainingState = (typeof trainingStates)[number]

export type NewTrainingRun = {
  readonly roundId: string
  /** As the recipe names it. */
  readonly backend: string
  readonly state: TrainingState
  readonly attempt: number
  /** Why this attempt was opened after another; null of the first. */
  readonly because: string | null
  /** What it waits for, or why it ended. */
  readonly reason: string | null
  /** Jobs before it in the queue; null where the scheduler does not tell, or it waits no more. */
  readonly queuePosition: number | null
  readonly progress: JobProgress | null
  readonly heartbeatAt: Date | null
  readonly usage: JobUsage
  /** In the recipe's own currency; null where the recipe names no price. */
  readonly cost: number | null
}

export type TrainingRun = Omit<NewTrainingRun, 'because'> & {
  /** The first that counts: 1, or that with which the last retry went on. */
  readonly firstAttempt: number
  /** Of `usage`, what the attempts before the first that counts have used. */
  readonly usageBefore: JobUsage
  readonly updatedAt: Date
}

export type TrainingAttempt = {
  readonly attempt: number
  readonly because: string | null
  /** When it was first seen. */
  readonly openedAt: Date
}

export type StepsQuery = {
  readonly roundId: string
  readonly phaseIndex?: number
  readonly after?: StepPosition
  readonly limit: number
}
export type StepPosition = { readonly phaseIndex: number; readonly step: number }

/** What a record says that a retry has taken up again, until somebody looks. */
export const triedAgain = 'it is about to be tried again'

/** Whether a job in this state will not change any more. */
export function hasEnded(state: TrainingState): boolean {
  return state === 'succeeded' || state === 'failed' || state === 'cancelled'
}
