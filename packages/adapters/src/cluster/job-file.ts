import { resolve } from 'node:path'
import type { TrainingJob } from '@ratchet/ports/cluster.ts'
import { z } from 'zod'
import { ProcessIdentity } from '../detached-process/process-identity.ts'

/** What the trainer reads. `paths` are the dataset files of each phase. */
export function jobFile(
  job: TrainingJob,
  attempt: number,
  paths: readonly string[][],
  output: string,
  heartbeatSeconds: number,
) {
  return {
    protocol: 1,
    jobId: job.id,
    attempt,
    seed: job.seed,
    device: job.device,
    threads: job.threads,
    start: { path: resolve(job.startPath) },
    reference: { path: job.referencePath === null ? null : resolve(job.referencePath) },
    phases: job.phases.map((phase, index) => ({
      method: phase.method,
      dataset: {
        files: paths[index] ?? [],
        sha256: phase.dataset.files.map((file) => file.sha256),
        rows: phase.dataset.files.reduce((sum, file) => sum + file.rows, 0),
      },
      hyperparameters:
        phase.method === 'dpo' ? { ...phase.hyperparameters, thoughtEnd: phase.thoughtEnd } : phase.hyperparameters,
    })),
    output,
    checkpointEverySteps: job.checkpointEverySteps,
    heartbeatSeconds,
    canary: { text: job.canaryText },
  }
}

/** What is read back of it. */
export const JobFile = z.looseObject({ attempt: z.number().int().positive() })

/** Who works on the attempt. Written right after the trainer was started; absent when that was interrupted. */
export const AttemptRecord = z.strictObject({
  attempt: z.number().int().positive(),
  /** Attempts that ended because the machine asked them to: they do not count against the job's limit. */
  preemptions: z.number().int().min(0),
  startedAt: z.iso.datetime(),
  process: ProcessIdentity.nullable(),
})
export type AttemptRecord = z.infer<typeof AttemptRecord>

/** Our own last word about a job whose trainer did not say one. */
export const Verdict = z.strictObject({ attempt: z.number().int(), reason: z.string() })
export type Verdict = z.infer<typeof Verdict>
