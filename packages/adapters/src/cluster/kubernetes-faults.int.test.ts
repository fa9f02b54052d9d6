import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals'
import type { Cluster, TrainingJob } from '@ratchet/ports/cluster.ts'
import { createSystemClock } from '../clock/system-clock.ts'
import { ensureUntil, hasEnded, hasSteps, labCluster, labJob, startsOf } from '../testing/kubernetes-jobs.ts'
import {
  evict,
  findKubernetes,
  type KubernetesLab,
  labPods,
  noKubernetes,
  openKubernetesLab,
  until,
} from '../testing/kubernetes-lab.ts'
import { type KubernetesNode, labelNode, startKubernetesNode } from '../testing/kubernetes-node.ts'
import { createKubernetesScheduler } from './kubernetes.ts'
import type { KubernetesSettings } from './kubernetes-settings.ts'
import type { Run } from './scheduler.ts'

const kubeconfig = findKubernetes()
const suite = kubeconfig === null ? describe.skip : describe

suite(`a Kubernetes that takes away what it gave${kubeconfig === null ? ` (${noKubernetes})` : ''}`, () => {
  let lab: KubernetesLab
  let node: KubernetesNode
  const closing: (() => Promise<void>)[] = []
  beforeAll(async () => {
    lab = await openKubernetesLab(kubeconfig ?? '')
    node = await startKubernetesNode(kubeconfig ?? '', lab.admin)
  })
  afterEach(async () => {
    for (const close of closing.splice(0).reverse()) await close()
  })
  afterAll(async () => {
    await node?.close()
    await lab?.close()
  })

  function open(settings: Partial<KubernetesSettings> = {}): Cluster {
    const cluster = labCluster(lab, { nodeSelector: node.pool, ...settings })
    closing.push(() => cluster.close())
    return cluster
  }
  function begin(cluster: Cluster, steps: number): TrainingJob {
    const job = labJob(steps)
    closing.push(() => cluster.cancel(job.id))
    return job
  }
  const podOf = async (run: string) => (await labPods(lab, run))[0]
  const patchJob = (name: string, body: object) =>
    lab.admin.text({ method: 'PATCH', path: `/apis/batch/v1/namespaces/${lab.namespace}/jobs/${name}`, body })
  const starts = (job: TrainingJob) => startsOf(lab.runsDirectory, job)

  /** It went on in a second attempt, from where the first one was, though only one may fail. */
  async function expectToGoOn(cluster: Cluster, job: TrainingJob): Promise<void> {
    expect(await ensureUntil(cluster, job, hasEnded)).toMatchObject({ state: 'succeeded', attempt: 2 })
    expect(starts(job).map(({ attempt }) => attempt)).toEqual([1, 2])
    expect(starts(job)[1]?.step).toBeGreaterThanOrEqual(3)
  }

  test('a run that makes room for a more urgent one goes on after it, and no attempt is used up', async () => {
    const urgent = `urgent-${lab.namespace}`
    const classes = '/apis/scheduling.k8s.io/v1/priorityclasses'
    await lab.admin.text({ method: 'POST', path: classes, body: { metadata: { name: urgent }, value: 1000 } })
    closing.push(() => lab.admin.text({ method: 'DELETE', path: `${classes}/${urgent}` }).then(() => {}))
    const cluster = open({ gpus: 8 })
    const job = begin(cluster, 100)
    await ensureUntil(cluster, job, hasSteps(3))
    const higher = open({ gpus: 8, priorityClassName: urgent })
    const other = begin(higher, 100)
    await ensureUntil(higher, other, hasSteps(3))
    const waiting = await ensureUntil(cluster, job, ({ state, attempt }) => state === 'pending' && attempt === 2)
    expect(waiting).toMatchObject({ attempt: 2 })
    const words = await ensureUntil(
      cluster,
      job,
      (report) => report.state === 'pending' && report.reason !== 'submitted',
    )
    expect(words).toMatchObject({ reason: expect.stringContaining('Insufficient nvidia.com/gpu') })
    expect(await ensureUntil(higher, other, hasEnded)).toMatchObject({ state: 'succeeded', attempt: 1 })
    await expectToGoOn(cluster, job)
  })

  test('a run whose node is drained goes on', async () => {
    const cluster = open()
    const job = begin(cluster, 100)
    await ensureUntil(cluster, job, hasSteps(3))
    await evict(lab, `ratchet-${job.id}-1`)
    await expectToGoOn(cluster, job)
  })

  test('a run that somebody suspends goes on, and its Job never has a pod again', async () => {
    const cluster = open()
    const job = begin(cluster, 100)
    await ensureUntil(cluster, job, hasSteps(3))
    await patchJob(`ratchet-${job.id}-1`, { spec: { suspend: true } })
    await expectToGoOn(cluster, job)
    await patchJob(`ratchet-${job.id}-1`, { spec: { suspend: false } })
    await new Promise((resolve) => setTimeout(resolve, 1500))
    expect(await podOf(`ratchet-${job.id}-1`)).toBeUndefined()
  })

  test('a run that was stopped never has a pod again, whoever submits or resumes it', async () => {
    const scheduler = createKubernetesScheduler({ ...lab.settings, clock: createSystemClock() })
    closing.push(() => scheduler.close())
    const name = `stopped-${lab.namespace}`
    const run: Run = {
      name,
      directory: `${lab.runsDirectory}/${name}`,
      command: ['sleep', '600'],
      timeLimitMinutes: 10,
      nodes: 1,
      graceSeconds: 1,
    }
    await scheduler.submit(run)
    await until(async () => (await scheduler.look(run)).state === 'running')
    await scheduler.stop(run, 1000)
    expect(await podOf(name)).toBeUndefined()
    await scheduler.submit(run)
    await patchJob(name, { spec: { suspend: false, parallelism: 1, activeDeadlineSeconds: 600 } })
    await new Promise((resolve) => setTimeout(resolve, 1500))
    expect(await podOf(name)).toBeUndefined()
    expect(await scheduler.look(run)).toEqual({ state: 'ended', cause: 'stopped', detail: '' })
    await scheduler.stop(run, 1000)
  })

  test('a run whose node restarts goes on', async () => {
    const cluster = open()
    const job = begin(cluster, 100)
    await ensureUntil(cluster, job, hasSteps(3))
    await node.kill()
    process.kill(starts(job)[0]?.pid ?? 0, 'SIGKILL')
    await node.start()
    await expectToGoOn(cluster, job)
  })

  test('a run on a node that does not answer can be cancelled', async () => {
    const cluster = open()
    const job = begin(cluster, 10_000)
    await ensureUntil(cluster, job, hasSteps(3))
    node.freeze()
    await cluster.cancel(job.id)
    expect(await podOf(`ratchet-${job.id}-1`)).toBeUndefined()
    // The node has the last word, as soon as it can.
    await node.kill()
    process.kill(starts(job)[0]?.pid ?? 0, 'SIGKILL')
    await node.start()
  })

  test('a run whose node is lost goes on elsewhere', async () => {
    const cluster = open({ nodeLossSeconds: 1 })
    const job = begin(cluster, 100)
    await ensureUntil(cluster, job, hasSteps(3))
    await node.kill()
    process.kill(starts(job)[0]?.pid ?? 0, 'SIGKILL')
    await labelNode(lab.admin, 'gpu-1', node.pool)
    closing.push(() => labelNode(lab.admin, 'gpu-1', { 'ratchet.dev/pool': null }))
    await expectToGoOn(cluster, job)
    await node.start()
    await until(async () => (await podOf(`ratchet-${job.id}-1`)) === undefined)
  })
})
