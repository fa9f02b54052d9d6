import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import type { Cluster, JobReport, TrainingJob } from '@ratchet/ports/cluster.ts'
import { PortError } from '@ratchet/ports/port-error.ts'
import type { ClusterSettings } from '../cluster/cluster-on.ts'
import { type Distribution, singleProcess } from '../cluster/launch.ts'
import { findRealPython, noPython, realCluster, realClusterSettings, realJob } from './real-python.ts'

/** Something that befalls a running job. Gets what it needs to find it; returns when it has happened. */
export type Disturbance = {
  readonly title: string
  readonly happens: (run: DisturbedRun) => Promise<void>
}

export type DisturbedRun = {
  /** The run's name on the scheduler. */
  readonly name: string
  /** The attempt's. */
  readonly directory: string
  readonly jobId: string
  readonly cluster: Cluster
}

/** Enough that none is over before it is disturbed: one process takes some 20 ms a step, several a second on few cores. */
const stepsOf = ({ nodes, processesPerNode }: Distribution): number => (nodes * processesPerNode === 1 ? 240 : 60)

/** On a real scheduler the real trainer, disturbed in every way in turn, ends with the very bytes of an undisturbed run. */
export function describeRealTraining(
  name: string,
  open: (settings: ClusterSettings) => Cluster,
  disturbances: readonly Disturbance[],
  /** Of the disturbed run; the undisturbed one has as many processes on one node. */
  distribution: Distribution = singleProcess,
): void {
  const suite = findRealPython() === null ? describe.skip : describe
  suite(`${name} with the real trainer${findRealPython() === null ? ` (${noPython})` : ''}`, () => {
    let directory = ''
    let cluster: Cluster
    const id = `job-${Math.random().toString(36).slice(2, 8)}`
    beforeAll(() => {
      directory = mkdtempSync(join(tmpdir(), 'ratchet-real-'))
      cluster = open({ ...realClusterSettings(directory), distribution })
    })
    afterAll(async () => {
      await cluster.cancel(id)
      await cluster.close()
      rmSync(directory, { recursive: true, force: true })
    })

    test(`${disturbances.map(({ title }) => title).join(', ')}: the weights are those of an undisturbed run`, async () => {
      const steps = stepsOf(distribution)
      const processesPerNode = distribution.nodes * distribution.processesPerNode
      const local = realCluster(directory, { nodes: 1, processesPerNode, sharding: 'replicate' })
      const undisturbed = await runToEnd(local, realJob(directory, 'undisturbed', 1, steps))
      const job = { ...realJob(directory, id, 1, steps), maxAttempts: 1 }
      for (const [index, { happens }] of disturbances.entries()) {
        const wanted = Math.ceil((steps * (index + 1)) / (disturbances.length + 2))
        const { attempt } = await untilStep(cluster, job, wanted)
        const runs = join(directory, 'runs', job.id, `attempt-${attempt}`)
        await happens({ name: `ratchet-${job.id}-${attempt}`, directory: runs, jobId: job.id, cluster })
      }
      const report = await runToEnd(cluster, job)
      expect(report.manifestSha256).toBe(undisturbed.manifestSha256)
    }, 600_000)
  })
}

async function untilStep(
  cluster: Cluster,
  job: TrainingJob,
  step: number,
): Promise<Extract<JobReport, { state: 'running' }>> {
  for (;;) {
    const report = await askPatiently(cluster, job)
    if (report?.state === 'running' && (report.progress?.step ?? 0) >= step) return report
    if (report?.state === 'failed' || report?.state === 'succeeded')
      throw new Error(`waiting for step ${step}, but it is ${JSON.stringify(report)}`)
    await sleep(50)
  }
}

async function runToEnd(cluster: Cluster, job: TrainingJob): Promise<Extract<JobReport, { state: 'succeeded' }>> {
  for (;;) {
    const report = await askPatiently(cluster, job)
    if (report?.state === 'succeeded') return report
    if (report?.state === 'failed') throw new Error(report.reason)
    await sleep(100)
  }
}

/** Null while the scheduler is away. */
async function askPatiently(cluster: Cluster, job: TrainingJob): Promise<JobReport | null> {
  try {
    return await cluster.ensure(job)
  } catch (error) {
    if (error instanceof PortError && error.retryable) return null
    throw error
  }
}
