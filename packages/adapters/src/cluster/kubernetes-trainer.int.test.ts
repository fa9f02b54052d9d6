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
import { fileObjects, findRealPython, noPython, realCluster, realJob, trainerScript } from '../testing/real-python.ts'

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

  test('a trainer that is drained from its node saves, and resumes to the very checkpoint of an undisturbed run', async () => {
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
    await evict(lab, 'ratchet-real-job-1')
    const resumed = await ensureUntil(cluster, job, hasEnded)
    const undisturbed = await ensureUntil(realCluster(home), realJob(home, 'undisturbed', 1, 60), hasEnded)
    expect(resumed).toMatchObject({
      state: 'succeeded',
      attempt: 2,
      manifestSha256: 'manifestSha256' in undisturbed ? undisturbed.manifestSha256 : null,
      metrics: { phases: [{ method: 'sft', steps: 60 }], canary: { text: '3+4' } },
    })
    // The trainer's last words come after its result.
    await until(async () => (await cluster.logs(job.id, 3)).includes('succeeded'))
    await cluster.close()
  })
})
