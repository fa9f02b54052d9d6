import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Clock } from '@ratchet/ports/clock.ts'
import type { Cluster, JobReport, TrainingJob } from '@ratchet/ports/cluster.ts'
import { PortError } from '@ratchet/ports/port-error.ts'
import { trainingJob } from '@ratchet/ports/testing/cluster-harness.ts'
import { z } from 'zod'
import { type ClusterSettings, createClusterOn } from '../cluster/cluster-on.ts'
import { createKubernetesScheduler } from '../cluster/kubernetes.ts'
import type { KubernetesSettings } from '../cluster/kubernetes-settings.ts'
import type { KubernetesLab } from './kubernetes-lab.ts'
import { fakeTrainerSettings, harnessData } from './local-cluster-harness.ts'

/** A cluster in the lab, patient with silence. */
export function labCluster(
  { settings, runsDirectory }: KubernetesLab,
  more: Partial<KubernetesSettings & ClusterSettings> = {},
): Cluster {
  const all = { ...fakeTrainerSettings(runsDirectory), silentAfterSeconds: 300, ...settings, ...more }
  return createClusterOn(createKubernetesScheduler(all), all)
}

/** A job of a name of its own, of one attempt that may fail. */
export function labJob(steps: number): TrainingJob {
  const id = `job-${Math.random().toString(36).slice(2, 10)}`
  return trainingJob(id, harnessData, { steps, stepMs: 20 }, { maxAttempts: 1 })
}

/** A clock that is two minutes ahead, for which what lasts a minute is over. */
export function aheadOf(clock: Clock): Clock {
  return { ...clock, now: () => new Date(clock.now().getTime() + 120_000) }
}

/** Looks after the job until `wanted`, through failures that may pass; `seen` gets them. */
export async function ensureUntil(
  cluster: Cluster,
  job: TrainingJob,
  wanted: (report: JobReport) => boolean,
  seen: (error: PortError) => void = () => {},
): Promise<JobReport> {
  let last: unknown
  for (const deadline = Date.now() + 90_000; Date.now() < deadline; ) {
    try {
      const report = await cluster.ensure(job)
      if (wanted(report)) return report
      if (report.state === 'failed' || report.state === 'succeeded') throw new Error(JSON.stringify(report))
      last = report
    } catch (error) {
      if (!(error instanceof PortError) || !error.retryable) throw error
      seen(error)
    }
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
  throw new Error(`it stays ${JSON.stringify(last)}`)
}

export const hasSteps =
  (steps: number) =>
  (report: JobReport): boolean =>
    report.state === 'running' && (report.progress?.step ?? 0) >= steps

export const hasEnded = ({ state }: JobReport): boolean => state === 'succeeded' || state === 'failed'

const Start = z.looseObject({
  attempt: z.number(),
  kind: z.string(),
  pid: z.number().optional(),
  step: z.number().optional(),
})

/** The trainers that have begun, in order. */
export function startsOf(runsDirectory: string, { id }: TrainingJob): { attempt: number; pid: number; step: number }[] {
  const files = [1, 2, 3, 4, 5].map((attempt) => join(runsDirectory, id, `attempt-${attempt}`, 'events.jsonl'))
  return files
    .filter((file) => existsSync(file))
    .flatMap((file) => readFileSync(file, 'utf8').trim().split('\n'))
    .map((line) => Start.parse(JSON.parse(line)))
    .filter(({ kind }) => kind === 'start')
    .map(({ attempt, pid = 0, step = 0 }) => ({ attempt, pid, step }))
}
