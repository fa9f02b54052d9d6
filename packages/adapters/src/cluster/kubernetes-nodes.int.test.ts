import { dirname } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { ensureUntil, hasEnded, hasSteps, labCluster } from '../testing/kubernetes-jobs.ts'
import {
  evict,
  findKubernetes,
  type KubernetesLab,
  noKubernetes,
  openKubernetesLab,
} from '../testing/kubernetes-lab.ts'
import { fileObjects, findRealPython, noPython, realCluster, realJob, trainerScript } from '../testing/real-python.ts'

const kubeconfig = findKubernetes()
const python = findRealPython()
const missing = kubeconfig === null ? noKubernetes : python === null ? noPython : null
const suite = missing === null ? describe : describe.skip

suite(`two pods of a Kubernetes with the real trainer${missing === null ? '' : ` (${missing})`}`, () => {
  let lab: KubernetesLab
  beforeAll(async () => {
    lab = await openKubernetesLab(kubeconfig ?? '')
  })
  afterAll(() => lab?.close())

  test('one of them drained from its node: the weights are those of two undisturbed processes', async () => {
    const home = dirname(lab.runsDirectory)
    const cluster = labCluster(lab, {
      trainer: [python ?? '', trainerScript],
      objects: fileObjects(home),
      distribution: { nodes: 2, processesPerNode: 1, sharding: 'replicate' },
      heartbeatSeconds: 1,
      graceSeconds: 30,
    })
    const job = { ...realJob(home, 'two-pods', 1, 60), maxAttempts: 1 }
    await ensureUntil(cluster, job, hasSteps(20))
    await evict(lab, 'ratchet-two-pods-1')
    const resumed = await ensureUntil(cluster, job, hasEnded)
    const local = realCluster(home, { nodes: 1, processesPerNode: 2, sharding: 'replicate' })
    const undisturbed = await ensureUntil(local, realJob(home, 'undisturbed', 1, 60), hasEnded)
    expect(resumed).toMatchObject({
      state: 'succeeded',
      attempt: 2,
      manifestSha256: 'manifestSha256' in undisturbed ? undisturbed.manifestSha256 : null,
    })
    await cluster.close()
  }, 300_000)
})
