import { dirname } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { ensureUntil, hasEnded, hasSteps, labCluster } from '../testing/kubernetes-jobs.ts'
import {
  evict,
  findKubernetes,
  type KubernetesLab,
  noKubernetes,
  openKubernetesLab,
  until,
} from '../testing/kubernetes-lab.ts'
import { fileObjects, findRealPython, noPython, realJob, trainerScript } from '../testing/real-python.ts'

const kubeconfig = findKubernetes()
const python = findRealPython()
const missing = kubeconfig === null ? noKubernetes : python === null ? noPython : null
const suite = missing === null ? describe : describe.skip

suite(`a Kubernetes with the real trainer${missing === null ? '' : ` (${missing})`}`, () => {
  let lab: KubernetesLab
  beforeAll(async () => {
    lab = await openKubernetesLab(kubeconfig ?? '')
  })
  afterAll(() => lab?.close())

  test('a trainer that is drained from its node saves, and resumes to a proven checkpoint', async () => {
    const home = dirname(lab.runsDirectory)
    const cluster = labCluster(lab, {
      trainer: [python ?? '', trainerScript],
      objects: fileObjects(home),
      heartbeatSeconds: 1,
      graceSeconds: 30,
      cpus: 1,
      memory: '4Gi',
    })
    const job = { ...realJob(home, 'real-job', 1, 60), maxAttempts: 1 }
    await ensureUntil(cluster, job, hasSteps(20))
    await evict(lab, 'real-job-1')
    expect(await ensureUntil(cluster, job, hasEnded)).toMatchObject({
      state: 'succeeded',
      attempt: 2,
      metrics: { phases: [{ method: 'sft', steps: 60 }], canary: { text: '3+4' } },
    })
    // The trainer's last words come after its result.
    await until(async () => (await cluster.logs(job.id, 3)).includes('succeeded'))
    await cluster.close()
  })
})
