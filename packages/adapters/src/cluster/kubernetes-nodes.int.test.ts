import { expect, test } from '@jest/globals'
import { describeKubernetesTrainer } from '../testing/describe-kubernetes-trainer.ts'
import { ensureUntil, hasEnded, hasSteps } from '../testing/kubernetes-jobs.ts'
import { evict } from '../testing/kubernetes-lab.ts'
import { realCluster, realJob } from '../testing/real-python.ts'

describeKubernetesTrainer('two pods of a Kubernetes with the real trainer', (trainerLab) => {
  test('one of them drained from its node: the weights are those of two undisturbed processes', async () => {
    const { lab, home, open } = trainerLab()
    const cluster = open({ distribution: { nodes: 2, processesPerNode: 1, sharding: 'replicate' } })
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
