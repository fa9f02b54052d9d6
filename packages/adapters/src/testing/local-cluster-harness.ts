import { createHash } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { gzipSync } from 'node:zlib'
import type { Cluster } from '@ratchet/ports/cluster.ts'
import type { ObjectStoreLocation } from '@ratchet/ports/object-store.ts'
import { PortError } from '@ratchet/ports/port-error.ts'
import type { ClusterHarness } from '@ratchet/ports/testing/cluster-harness.ts'
import { createSystemClock } from '../clock/system-clock.ts'
import { type ClusterSettings, createClusterOn } from '../cluster/cluster-on.ts'
import { createLocalScheduler } from '../cluster/local-process.ts'
import type { Scheduler } from '../cluster/scheduler.ts'

const bytes = gzipSync('{"id":"1"}\n')
const portsTesting = join(dirname(fileURLToPath(import.meta.url)), '../../../ports/src/testing')

/** The fake trainer fetches nothing. */
export const harnessObjects: ObjectStoreLocation = { uri: 's3://bucket', endpoint: null, region: null }

export const harnessData = {
  datasetId: 'ds_1',
  prefix: 'datasets/ds_1/',
  files: [
    {
      path: 'train-0.jsonl.gz',
      bytes: bytes.length,
      sha256: createHash('sha256').update(bytes).digest('hex'),
      rows: 1,
    },
  ],
}

/** A cluster with the fake trainer and the limits that the contract asks for. */
export function fakeTrainerSettings(runsDirectory: string): ClusterSettings {
  return {
    runsDirectory,
    trainer: [process.execPath, join(portsTesting, 'fake-trainer.mjs')],
    objects: harnessObjects,
    clock: createSystemClock(),
    gpusPerRun: 2,
    silentAfterSeconds: 1,
    graceSeconds: 1,
    maxFruitlessAttempts: 4,
  }
}

/** Every submission works, and its caller hears nothing of it. */
export function losingReplies(scheduler: Scheduler): Scheduler {
  return {
    ...scheduler,
    submit: async (run) => {
      await scheduler.submit(run)
      throw new PortError('the reply was lost', { retryable: true })
    },
  }
}

export function openFakeTrainerCluster(runsDirectory: string, how?: 'starved' | 'losing-replies'): Cluster {
  const scheduler = createLocalScheduler({ env: { PATH: process.env['PATH'] }, clock: createSystemClock() })
  return createClusterOn(
    how === 'losing-replies' ? losingReplies(scheduler) : scheduler,
    fakeTrainerSettings(runsDirectory),
  )
}

export async function makeLocalClusterHarness(): Promise<ClusterHarness> {
  const runs = mkdtempSync(join(tmpdir(), 'ratchet-runs-'))
  return {
    open: (how) => openFakeTrainerCluster(runs, how),
    hasQueue: false,
    data: harnessData,
    runDirectory: (jobId) => join(runs, jobId),
    close: async () => rmSync(runs, { recursive: true, force: true }),
  }
}
