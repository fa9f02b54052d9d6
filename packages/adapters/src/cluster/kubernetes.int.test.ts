import { join } from 'node:path'
import { afterAll, describe, test } from '@jest/globals'
import { describeCluster } from '@ratchet/ports/testing/cluster-contract.ts'
import type { ClusterHarness } from '@ratchet/ports/testing/cluster-harness.ts'
import { findKubernetes, type KubernetesLab, openKubernetesLab } from '../testing/kubernetes-lab.ts'
import { fakeTrainerSettings, harnessData, losingReplies } from '../testing/local-cluster-harness.ts'
import { createClusterOn } from './cluster-on.ts'
import { createKubernetesScheduler } from './kubernetes.ts'

const kubeconfig = findKubernetes()

if (kubeconfig === null) {
  describe.skip('a Kubernetes (skipped: no Kubernetes; build it with node tools/services/kubernetes.mjs install)', () => {
    test('keeps what every cluster promises', () => {})
  })
} else {
  let opening: Promise<KubernetesLab> | undefined
  afterAll(async () => {
    await (await opening)?.close()
  })

  describeCluster('a Kubernetes', async (): Promise<ClusterHarness> => {
    opening ??= openKubernetesLab(kubeconfig)
    const { settings, runsDirectory } = await opening
    const base = fakeTrainerSettings(runsDirectory)
    return {
      open: (how) => {
        const nodeSelector = how === 'starved' ? { 'ratchet.dev/no-node-has': 'this' } : undefined
        const scheduler = createKubernetesScheduler({ ...settings, nodeSelector, clock: base.clock })
        return createClusterOn(how === 'losing-replies' ? losingReplies(scheduler) : scheduler, base)
      },
      hasQueue: true,
      timeLimitMinutes: 0.05,
      patienceSeconds: 60,
      data: harnessData,
      runDirectory: (jobId) => join(runsDirectory, jobId),
      close: async () => {},
    }
  })
}
