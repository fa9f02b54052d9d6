import type { DpoHyperparameters, Hyperparameters } from '@ratchet/domain/recipe/recipe.ts'

/** Training jobs. `ensure` is the first submission and the hundredth look. */
export interface Cluster {
  /** Idempotent by `job.id`: submits when there is no such job, restarts a lost one under a new attempt, else only looks. */
  ensure(job: TrainingJob): Promise<JobReport>
  /** Stops the job, checkpointing where it can. Returns when it is gone; an unknown job is fine. */
  cancel(jobId: string): Promise<void>
  /** The end of the job's log, for people. */
  logs(jobId: string, tailLines: number): Promise<string>
  close(): Promise<void>
}

export type TrainingPhase = { readonly dataset: TrainingData } & (
  | { readonly method: 'sft'; readonly hyperparameters: Hyperparameters }
  | { readonly method: 'dpo'; readonly hyperparameters: DpoHyperparameters; readonly thoughtEnd: string }
)

/** Files of one dataset version, already on storage the trainer can read. */
export type TrainingData = {
  readonly datasetId: string
  readonly files: readonly { readonly key: string; readonly sha256: string; readonly rows: number }[]
}

export type TrainingJob = {
  /** Letters, digits and hyphens; the idempotency key. */
  readonly id: string
  readonly seed: number
  readonly startPath: string
  /** Null: the model at the start of the DPO phase. */
  readonly referencePath: string | null
  readonly phases: readonly TrainingPhase[]
  readonly checkpointEverySteps: number
  readonly canaryText: string
  readonly device: 'auto' | 'cpu' | 'cuda'
  readonly threads: number
  readonly timeLimitMinutes: number
  readonly maxAttempts: number
}

export type JobProgress = {
  readonly phase: string
  readonly step: number
  readonly maxSteps: number
  readonly loss: number | null
}

export type JobReport =
  | { readonly state: 'pending'; readonly attempt: number; readonly reason: string }
  | {
      readonly state: 'running'
      readonly attempt: number
      readonly progress: JobProgress | null
      readonly heartbeatAt: Date | null
    }
  | {
      readonly state: 'succeeded'
      readonly attempt: number
      readonly checkpointPath: string
      readonly manifestSha256: string
      readonly metrics: Readonly<Record<string, unknown>>
    }
  | { readonly state: 'failed'; readonly attempt: number; readonly reason: string }
