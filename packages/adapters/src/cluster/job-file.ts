import { resolve } from 'node:path'
import type { TrainingJob } from '@ratchet/ports/cluster.ts'

export type JobFileSettings = {
  readonly attempt: number
  /** Earlier attempts that did not count. */
  readonly uncounted: number
  /** The attempts just before, in a row, that the cluster ended before they had saved anything. */
  readonly fruitless: number
  /** Why the attempt before was not the last; null of the first. */
  readonly because: string | null
  /** The dataset files of each phase. */
  readonly paths: readonly (readonly string[])[]
  readonly output: string
  readonly heartbeatSeconds: number
  readonly graceSeconds: number
}

/** What the trainer reads. */
export function jobFile(job: TrainingJob, settings: JobFileSettings) {
  return {
    protocol: 2,
    jobId: job.id,
    attempt: settings.attempt,
    uncounted: settings.uncounted,
    fruitless: settings.fruitless,
    because: settings.because,
    seed: job.seed,
    device: job.device,
    threads: job.threads,
    start: { path: resolve(job.startPath) },
    reference: { path: job.referencePath === null ? null : resolve(job.referencePath) },
    phases: job.phases.map((phase, index) => ({
      method: phase.method,
      dataset: {
        files: settings.paths[index] ?? [],
        sha256: phase.dataset.files.map((file) => file.sha256),
        rows: phase.dataset.files.reduce((sum, file) => sum + file.rows, 0),
      },
      hyperparameters:
        phase.method === 'dpo' ? { ...phase.hyperparameters, thoughtEnd: phase.thoughtEnd } : phase.hyperparameters,
    })),
    output: settings.output,
    checkpointEverySteps: job.checkpointEverySteps,
    heartbeatSeconds: settings.heartbeatSeconds,
    timeLimitSeconds: job.timeLimitMinutes * 60,
    graceSeconds: settings.graceSeconds,
    canary: { text: job.canaryText },
  }
}
