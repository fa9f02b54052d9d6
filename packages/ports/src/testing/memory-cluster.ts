import type { Cluster, JobOutline, JobReport, JobState, TrainingJob, TrainingStep } from '../cluster.ts'

export type MemoryClusterSettings = {
  /** Trains, once a job: gives the report's ending, or throws the reason for which the job fails. */
  readonly train: (job: TrainingJob) => Pick<Ended, 'checkpointPath' | 'manifestSha256' | 'checkpointUri' | 'metrics'>
  readonly now: () => Date
  /** What a job uses between two looks, on one GPU. Default 10. */
  readonly gpuSecondsPerLook?: number
  /** Answers a check, by throwing where such a job would not be taken. Default: every job would be. */
  readonly refuse?: (job: JobOutline) => void | Promise<void>
}

type Ended = Extract<JobState, { state: 'succeeded' }>

export type MemoryCluster = Cluster & {
  /** The jobs in the order of their submission; one that is retried is there again. */
  readonly submitted: readonly TrainingJob[]
  /** Ids of the jobs that rest now. */
  readonly resting: ReadonlySet<string>
}

type Held = {
  readonly attempt: number
  /** Of this attempt. */
  readonly looks: number
  readonly gpuSeconds: number
  readonly because: string | null
  readonly steps: readonly TrainingStep[]
  readonly ended: JobState | null
}

/**
 * Jobs that are pending at the first look, run at the second and have ended at the third; a paused one begins anew. The contract of
 * clusters is about trainers that are killed, hang and lie, of which there are none here: this keeps only its promises about submission,
 * endings, retries, pausing, cancelling and the series.
 */
export function createMemoryCluster({
  train,
  now,
  gpuSecondsPerLook = 10,
  refuse,
}: MemoryClusterSettings): MemoryCluster {
  const submitted: TrainingJob[] = []
  const resting = new Set<string>()
  const jobs = new Map<string, Held>()

  const report = (held: Held, state: JobState): JobReport => {
    const { gpuSeconds, because, steps } = held
    const speed = state.state === 'running' ? 100 : null
    const still = { phase: 'sft', maxSteps: 2, tokensPerSecond: speed, expectedEndAt: null }
    const last = steps.findLast(({ attempt }) => attempt === held.attempt)
    return {
      ...state,
      usage: { seconds: gpuSeconds, gpuSeconds },
      because,
      progress: last === undefined ? null : { ...still, step: last.step, loss: last.loss },
      heartbeatAt: last?.at ?? null,
    }
  }
  const step = ({ attempt }: Held, number: number): TrainingStep => ({
    attempt,
    phaseIndex: 0,
    step: number,
    at: now(),
    loss: 1 / (number + 1),
    learningRate: 0.001,
    gradNorm: 1,
    tokens: 100 * number,
    rewardsMargin: null,
    rewardsAccuracy: null,
  })
  const stateOf = ({ attempt, looks, ended }: Held): JobState => {
    if (ended !== null) return ended
    if (looks === 1) return { state: 'pending', attempt, reason: 'the job waits for a node', queuePosition: 0 }
    return { state: 'running', attempt }
  }
  const next = (job: TrainingJob): Held => {
    const held = jobs.get(job.id)
    if (held === undefined) {
      submitted.push(job)
      return { attempt: 1, looks: 1, gpuSeconds: 0, because: null, steps: [], ended: null }
    }
    if (held.attempt < job.firstAttempt && held.ended?.state !== 'succeeded') {
      submitted.push(job)
      resting.delete(job.id)
      const { firstAttempt: attempt, usageBefore } = job
      const because = 'the iteration was retried'
      return { ...held, attempt, looks: 1, gpuSeconds: usageBefore.gpuSeconds, because, ended: null }
    }
    if (held.ended !== null) return held
    if (resting.delete(job.id)) return { ...held, attempt: held.attempt + 1, looks: 1, because: 'it was paused' }
    const looked = { ...held, looks: held.looks + 1, gpuSeconds: held.gpuSeconds + gpuSecondsPerLook }
    const steps = [...held.steps, step(held, held.looks)]
    return { ...looked, steps, ended: looked.looks > 2 ? endingOf(job, held.attempt) : null }
  }
  const endingOf = (job: TrainingJob, attempt: number): JobState => {
    try {
      return { state: 'succeeded', attempt, ...train(job) }
    } catch (error) {
      return { state: 'failed', attempt, reason: error instanceof Error ? error.message : String(error) }
    }
  }

  return {
    submitted,
    resting,
    async check(job) {
      await refuse?.(job)
    },
    async ensure(job) {
      const held = next(job)
      jobs.set(job.id, held)
      return report(held, stateOf(held))
    },
    async look(job) {
      const held = jobs.get(job.id)
      if (held === undefined) return null
      const isVoid = held.attempt < job.firstAttempt && held.ended?.state !== 'succeeded'
      return report(held, stateOf(isVoid ? { ...held, attempt: job.firstAttempt, looks: 1, ended: null } : held))
    },
    async pause(jobId) {
      if (jobs.get(jobId)?.ended === null) resting.add(jobId)
    },
    async cancel(jobId) {
      const held = jobs.get(jobId)
      if (held === undefined || held.ended !== null) return
      const { attempt } = held
      jobs.set(jobId, { ...held, ended: { state: 'failed', attempt, reason: 'the training was cancelled' } })
    },
    async series(jobId, cursor) {
      const steps = jobs.get(jobId)?.steps ?? []
      return { steps: steps.slice(cursor.offset), next: { ...cursor, offset: Math.max(cursor.offset, steps.length) } }
    },
    runDirectory: (jobId) => `runs/${jobId}`,
    preview: (jobId) => `train ${jobId}`,
    logs: async () => '',
    async close() {},
  }
}
