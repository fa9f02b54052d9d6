import { expect, test } from '@jest/globals'
import { describeKubernetesTrainer } from '../testing/describe-kubernetes-trainer.ts'
import { ensureUntil, hasEnded, hasSteps } from '../testing/kubernetes-jobs.ts'
import { evict, until } from '../testing/kubernetes-lab.ts'
import { realCluster, realJob } from '../testing/real-python.ts'

describeKubernetesTrainer('a Kubernetes with the real trainer', (trainerLab) => {
  test('a trainer that is drained from its node saves, and resumes to the very checkpoint of an undisturbed run', async () => {
    const { lab, home, open } = trainerLab()
    const cluster = open({ cpus: 1, memory: '4Gi' })
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
