import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { describe, jest } from '@jest/globals'
import { describeServing } from '@ratchet/ports/testing/serving-contract.ts'
import { createSystemClock } from '../clock/system-clock.ts'
import { localRunner } from '../cluster/command-runner.ts'
import { createKubernetesScheduler } from '../cluster/kubernetes.ts'
import { createRayScheduler } from '../cluster/ray.ts'
import { createSlurmScheduler } from '../cluster/slurm.ts'
import { findKubernetes, openKubernetesLab } from '../testing/kubernetes-lab.ts'
import { findRay, rayTestSettings } from '../testing/ray-cluster-harness.ts'
import { makeServerJobHarness } from '../testing/server-job-harness.ts'

const clock = createSystemClock()
const slurmConf = process.env['SLURM_CONF_TEST']
const kubeconfig = findKubernetes()
const ray = findRay()

jest.setTimeout(300_000)

if (slurmConf === undefined)
  describe.skip('servers in jobs of Slurm (skipped: no Slurm; run node tools/services/slurm.mjs install)', () => {})
else {
  const run = localRunner({ PATH: process.env['PATH'], SLURM_CONF: slurmConf })
  const resources = { partition: 'batch', gpusPerNode: 1, cpusPerNode: 1, options: [], setup: [], env: {} }
  describeServing(
    'a server in a job of Slurm',
    async () => {
      const directory = mkdtempSync(join(tmpdir(), 'ratchet-serving-'))
      return makeServerJobHarness(directory, () => createSlurmScheduler({ run, clock, resources }))
    },
    { startsServers: true },
  )
}

if (kubeconfig === null)
  describe.skip('servers in jobs of Kubernetes (skipped: no Kubernetes; node tools/services/kubernetes.mjs install)', () => {})
else
  describeServing(
    'a server in a job of Kubernetes',
    async () => {
      const lab = await openKubernetesLab(kubeconfig)
      const open = () => createKubernetesScheduler({ ...lab.settings, clock })
      const harness = makeServerJobHarness(join(dirname(lab.runsDirectory), 'serving'), open)
      return { ...harness, close: () => harness.close().then(() => lab.close()) }
    },
    { startsServers: true },
  )

if (ray === null)
  describe.skip('servers in jobs of Ray (skipped: no Ray; run node tools/services/ray.mjs install)', () => {})
else {
  const settings = rayTestSettings(ray)
  describeServing(
    'a server in a job of Ray',
    async () => {
      const directory = mkdtempSync(join(tmpdir(), 'ratchet-serving-'))
      return makeServerJobHarness(directory, () => createRayScheduler({ ...settings, cpus: 0, clock }))
    },
    { startsServers: true },
  )
}
