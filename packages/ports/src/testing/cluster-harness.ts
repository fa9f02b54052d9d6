import { Hyperparameters } from '@ratchet/domain/recipe/recipe.ts'
import type { Cluster, TrainingData, TrainingJob } from '../cluster.ts'

/**
 * How a cluster is tested: with the fake trainer beside this file, two GPUs a run, `silentAfterSeconds` and `graceSeconds` of 1 and
 * `maxFruitlessAttempts` of 4.
 */
export type ClusterHarness = {
  /**
   * A cluster object as one more worker would make it, on the same runs. `starved`: its jobs wait for ever, where the backend has a
   * queue; `losing-replies`: every submission works, and its reply is lost.
   */
  open(how?: 'starved' | 'losing-replies'): Cluster
  /** Whether jobs can wait in a queue. */
  readonly hasQueue: boolean
  /** The shortest time limit that the backend knows, when it keeps limits itself. Default 0.01. */
  readonly timeLimitMinutes?: number
  /** How long what comes next may take when the scheduler takes its time. Default 30. */
  readonly patienceSeconds?: number
  /** One real dataset file. */
  readonly data: TrainingData
  runDirectory(jobId: string): string
  close(): Promise<void>
}

type Ending = 'succeed' | 'fail' | 'lie' | 'stale' | 'hang' | 'deaf' | 'unlucky'
export type Plan = { readonly steps: number; readonly stepMs: number; readonly attempts: readonly Ending[] }

export function trainingJob(
  id: string,
  data: TrainingData,
  plan: Partial<Plan> = {},
  job: Partial<TrainingJob> = {},
): TrainingJob {
  return {
    id,
    seed: 1,
    startPath: '/models/base',
    referencePath: null,
    phases: [
      { method: 'sft', dataset: data, hyperparameters: Hyperparameters.parse({ maxSteps: 5, learningRate: 0.001 }) },
    ],
    publishPrefix: null,
    checkpointEverySteps: 1,
    canaryText: JSON.stringify({ steps: 5, stepMs: 10, attempts: ['succeed'], ...plan }),
    device: 'cpu',
    threads: 1,
    timeLimitMinutes: 10,
    maxAttempts: 3,
    firstAttempt: 1,
    usageBefore: { seconds: 0, gpuSeconds: 0 },
    ...job,
  }
}
