import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Cluster } from '@ratchet/ports/cluster.ts'
import type { ClusterHarness } from '@ratchet/ports/testing/cluster-harness.ts'
import { createClusterOn } from '../cluster/cluster-on.ts'
import { createRayScheduler, type RaySettings } from '../cluster/ray.ts'
import { fakeTrainerSettings, harnessData, losingReplies } from './local-cluster-harness.ts'

const nodesProgram = join(dirname(fileURLToPath(import.meta.url)), '../../../../infra/ray/over_nodes.py')

/** The Ray cluster of the test command. Null where there is none. */
export function findRay(): Pick<RaySettings, 'address' | 'token'> | null {
  const address = process.env['RAY_TEST'] ?? ''
  return address === '' ? null : { address, token: process.env['RAY_TEST_TOKEN'] || null }
}

/** Why tests that need Ray are skipped. */
export const noRay = 'skipped: no Ray cluster; run node tools/services/ray.mjs install, or set RAY_TEST'

/** What every job of the tests asks for: nothing but its place on the one node. */
export function rayTestSettings(ray: Pick<RaySettings, 'address' | 'token'>): RaySettings {
  return { ...ray, gpus: 0, cpus: 1, memoryBytes: null, resources: {}, env: {}, nodesProgram }
}

export function openRayCluster(
  runsDirectory: string,
  settings: RaySettings,
  how?: 'starved' | 'losing-replies',
): Cluster {
  const base = fakeTrainerSettings(runsDirectory)
  const resources = how === 'starved' ? { 'what-no-node-has': 1 } : settings.resources
  const scheduler = createRayScheduler({ ...settings, resources, clock: base.clock })
  return createClusterOn(how === 'losing-replies' ? losingReplies(scheduler) : scheduler, base)
}

export async function makeRayClusterHarness(settings: RaySettings): Promise<ClusterHarness> {
  const runs = mkdtempSync(join(tmpdir(), 'ratchet-runs-'))
  return {
    open: (how) => openRayCluster(runs, settings, how),
    hasQueue: true,
    // Ray starts and ends a job within seconds.
    timeLimitMinutes: 0.1,
    patienceSeconds: 90,
    data: harnessData,
    runDirectory: (jobId) => join(runs, jobId),
    close: async () => rmSync(runs, { recursive: true, force: true }),
  }
}
