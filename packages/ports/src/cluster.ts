import type { DpoHyperparameters, Hyperparameters } from '@ratchet/domain/recipe/recipe.ts'

/** Training jobs. `ensure` is the first submission and the hundredth look. */
export interface Cluster {
  /**
   * Asks whether such a job would be taken, and starts nothing: it resolves when nothing speaks against it that can be known now.
   * Throws PortError: for good, with the reason that `ensure` would give, when the job would be refused; retryable when the cluster
   * cannot be asked, or could not place it now.
   */
  check(job: JobOutline): Promise<void>
  /**
   * Idempotent by `job.id`: submits when there is no such job, restarts a lost, preempted or paused one under a new attempt, else
   * only looks. What attempts before `job.firstAttempt` left as a failure is void: unless one of them succeeded they are ended, and the
   * job goes on from what they saved. Throws PortError while the cluster cannot be asked.
   */
  ensure(job: TrainingJob): Promise<JobReport>
  /** What `ensure` would find, changing nothing. Null for a job that was never submitted. */
  look(job: TrainingJob): Promise<JobReport | null>
  /** Stops the job with a checkpoint where it can; the next `ensure` goes on from there, and no attempt is used up. An unknown job is fine. */
  pause(jobId: string): Promise<void>
  /** Ends the job for good. Returns when it is gone; an unknown job is fine. */
  cancel(jobId: string): Promise<void>
  /** Where the job's attempts, saved states and checkpoint are, for people. Asks nobody. */
  runDirectory(jobId: string): string
  /** The very script, manifest or command that the first `ensure` of such a job would submit. */
  preview(jobId: string, timeLimitMinutes: number): string
  /**
   * What the trainer reported of its steps since `cursor`, in the order of writing: a bounded number, and the cursor to go on from. It is
   * at its end, for now, when the cursor stays the same. A later attempt's steps follow those of the earlier ones and may repeat some.
   */
  series(jobId: string, cursor: SeriesCursor): Promise<StepSeries>
  /** The end of the job's log, for people. */
  logs(jobId: string, tailLines: number): Promise<string>
  close(): Promise<void>
}

/** The name that an attempt of a job has on its cluster. */
export function runNameOf(jobId: string, attempt: number): string {
  return `ratchet-${jobId}-${attempt}`
}

export type TrainingPhase = { readonly dataset: TrainingData } & (
  | { readonly method: 'sft'; readonly hyperparameters: Hyperparameters }
  | { readonly method: 'dpo'; readonly hyperparameters: DpoHyperparameters; readonly thoughtEnd: string }
)

/** Files of one dataset version in the object store, which the trainer fetches itself; `path` follows after `prefix`. */
export type TrainingData = {
  readonly datasetId: string
  readonly prefix: string
  readonly files: readonly {
    readonly path: string
    readonly bytes: number
    readonly sha256: string
    readonly rows: number
  }[]
}

export type TrainingJob = {
  /** Letters, digits and hyphens; the idempotency key. */
  readonly id: string
  readonly seed: number
  readonly startPath: string
  /** Null: the model at the start of the DPO phase. */
  readonly referencePath: string | null
  readonly phases: readonly TrainingPhase[]
  /** What the keys of the pushed checkpoint begin with in the object store; null where it is not pushed. */
  readonly publishPrefix: string | null
  readonly checkpointEverySteps: number
  readonly canaryText: string
  readonly device: 'auto' | 'cpu' | 'cuda'
  readonly threads: number
  /** Of one attempt. A trainer that saved a checkpoint before it goes on in a further attempt, for as long as it gets further each time. */
  readonly timeLimitMinutes: number
  /** Attempts that may fail or get lost. Those that the cluster ends, by preemption or with a node, do not count. */
  readonly maxAttempts: number
  /**
   * The first attempt that counts: 1, or after a retry the number after that of the last recorded one. Attempts that were opened with a
   * lower one here are those before it, whatever their numbers.
   */
  readonly firstAttempt: number
  /** What the attempts before the first that counts have used, perhaps elsewhere; `JobReport.usage` holds it. */
  readonly usageBefore: JobUsage
}

/** What is known of a job before there is anything to train on. */
export type JobOutline = Pick<TrainingJob, 'id' | 'timeLimitMinutes' | 'startPath'>

export type JobProgress = {
  /** A method of training, or what the trainer does with the trained weights, as in `pushing the checkpoint, 40 %`. */
  readonly phase: string
  readonly step: number
  readonly maxSteps: number
  readonly loss: number | null
  /** Null until two steps were seen. */
  readonly tokensPerSecond: number | null
  readonly expectedEndAt: Date | null
}

/** What a job has used over all its attempts so far. It only grows. */
export type JobUsage = {
  /** From the start of each attempt to its last sign of life, waiting not counted. */
  readonly seconds: number
  /** The same times the GPUs of a run; 0 on a CPU. */
  readonly gpuSeconds: number
}

export type JobReport = JobState & {
  readonly usage: JobUsage
  /** Why the attempt before this one was not the last; null of the first. */
  readonly because: string | null
  /** The newest step of the current attempt; speed and expected end only while it runs. Null before the first step. */
  readonly progress: JobProgress | null
  /** The last sign of life of the current attempt's trainer. */
  readonly heartbeatAt: Date | null
}

/** Where the current attempt is. */
export type JobState =
  | {
      readonly state: 'pending'
      readonly attempt: number
      /** In the scheduler's words where it has any. */
      readonly reason: string
      /** How many jobs are before it, or null where the scheduler does not tell. */
      readonly queuePosition: number | null
    }
  | { readonly state: 'running'; readonly attempt: number }
  | {
      readonly state: 'succeeded'
      readonly attempt: number
      readonly checkpointPath: string
      readonly manifestSha256: string
      /** In the object store; null where it was not pushed. */
      readonly checkpointUri: string | null
      readonly metrics: Readonly<Record<string, unknown>>
    }
  | { readonly state: 'failed'; readonly attempt: number; readonly reason: string }

/** A place in the steps of a job: so many bytes into what an attempt wrote. */
export type SeriesCursor = { readonly attempt: number; readonly offset: number }

export const seriesStart: SeriesCursor = { attempt: 1, offset: 0 }

export type StepSeries = { readonly steps: readonly TrainingStep[]; readonly next: SeriesCursor }

/** One optimizer step as the trainer reported it. Null is what it did not report. */
export type TrainingStep = {
  readonly attempt: number
  /** Which of the job's phases, from 0. */
  readonly phaseIndex: number
  /** Counted from 1 in each phase. */
  readonly step: number
  readonly at: Date
  readonly loss: number | null
  readonly learningRate: number | null
  readonly gradNorm: number | null
  /** Tokens trained on in this phase so far. */
  readonly tokens: number | null
  /** DPO: how much more the policy prefers the chosen side than the reference does. */
  readonly rewardsMargin: number | null
  /** DPO: the share of pairs whose margin is positive, in [0, 1]. */
  readonly rewardsAccuracy: number | null
}
