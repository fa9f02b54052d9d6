import type { Cluster, JobReport, TrainingJob } from '../cluster.ts'

export type MemoryClusterSettings = {
  /** Trains, once a job: gives the report's ending, or throws the reason for which the job fails. */
  readonly train: (job: TrainingJob) => Pick<Ended, 'checkpointPath' | 'manifestSha256' | 'metrics'>
}

type Ended = Extract<JobReport, { state: 'succeeded' }>

export type MemoryCluster = Cluster & {
  /** The jobs in the order of their submission. */
  readonly submitted: readonly TrainingJob[]
}

/**
 * Jobs that are pending at the first look, run at the second and have ended at the third. The contract of clusters is about
 * trainers that are killed, hang and lie, of which there are none here: this keeps only its promises about submission, endings and
 * cancelling.
 */
export function createMemoryCluster({ train }: MemoryClusterSettings): MemoryCluster {
  const submitted: TrainingJob[] = []
  const looks = new Map<string, number>()
  const ended = new Map<string, JobReport>()
  return {
    submitted,
    async ensure(job) {
      const before = ended.get(job.id)
      if (before !== undefined) return before
      const look = (looks.get(job.id) ?? 0) + 1
      looks.set(job.id, look)
      if (look === 1) {
        submitted.push(job)
        return { state: 'pending', attempt: 1, reason: 'the job waits for a node', queuePosition: 0 }
      }
      if (look === 2)
        return {
          state: 'running',
          attempt: 1,
          progress: { phase: 'sft', step: 1, maxSteps: 2, loss: 0.5, tokensPerSecond: 100, expectedEndAt: null },
          heartbeatAt: null,
        }
      const report = endingOf(job)
      ended.set(job.id, report)
      return report
    },
    async cancel(jobId) {
      if (looks.has(jobId) && !ended.has(jobId))
        ended.set(jobId, { state: 'failed', attempt: 1, reason: 'the training was cancelled' })
    },
    look: async (job) => ended.get(job.id) ?? null,
    pause: async () => {},
    preview: (jobId) => `train ${jobId}`,
    logs: async () => '',
    async close() {},
  }

  function endingOf(job: TrainingJob): JobReport {
    try {
      return { state: 'succeeded', attempt: 1, ...train(job) }
    } catch (error) {
      return { state: 'failed', attempt: 1, reason: error instanceof Error ? error.message : String(error) }
    }
  }
}
