import { resolve } from 'node:path'
import type { TrainingJob } from '@ratchet/ports/cluster.ts'
import type { ObjectStoreLocation } from '@ratchet/ports/object-store.ts'

export type JobFileSettings = {
  readonly attempt: number
  /** Earlier attempts that did not count. */
  readonly uncounted: number
  /** The attempts just before, in a row, that the cluster ended before they had saved anything. */
  readonly fruitless: number
  /** Why the attempt before was not the last; null of the first. */
  readonly because: string | null
  readonly objects: ObjectStoreLocation
  readonly objectPatienceSeconds: number
  readonly scratchDirectory: string | null
  readonly output: string
  readonly heartbeatSeconds: number
  readonly graceSeconds: number
}

/** What the trainer reads. Holds no secret: credentials are in the trainer's environment. */
export function jobFile(job: TrainingJob, settings: JobFileSettings) {
  const { uri, endpoint, region } = settings.objects
  return {
    protocol: 3,
    jobId: job.id,
    attempt: settings.attempt,
    firstAttempt: job.firstAttempt,
    uncounted: settings.uncounted,
    fruitless: settings.fruitless,
    because: settings.because,
    seed: job.seed,
    device: job.device,
    threads: job.threads,
    start: { path: resolve(job.startPath) },
    reference: { path: job.referencePath === null ? null : resolve(job.referencePath) },
    objects: { uri, endpoint, region, patienceSeconds: settings.objectPatienceSeconds },
    scratch: settings.scratchDirectory,
    publish: job.publishPrefix === null ? null : { uri: addressOf(uri, job.publishPrefix) },
    phases: job.phases.map((phase) => ({
      method: phase.method,
      dataset: {
        uri: addressOf(uri, phase.dataset.prefix),
        files: phase.dataset.files.map(({ path, bytes, sha256 }) => ({ name: path, bytes, sha256 })),
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

/** Percent-encoded in the address of a directory, as addresses of files are. */
function addressOf(uri: string, prefix: string): string {
  const path = prefix.replace(/\/+$/, '')
  return `${uri}/${uri.startsWith('file:') ? path.split('/').map(encodeURIComponent).join('/') : path}`
}
