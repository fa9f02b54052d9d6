import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from '@jest/globals'
import { trainingJob } from '@ratchet/ports/testing/cluster-harness.ts'
import { createManualClock } from '@ratchet/ports/testing/manual-clock.ts'
import { createClusterOn } from './cluster-on.ts'
import type { Run, Scheduler, Sight } from './scheduler.ts'

let directory: string
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'ratchet-cluster-on-'))
})
afterEach(() => rmSync(directory, { recursive: true, force: true }))

/** Takes every run and shows all of them as `sight`. */
function recordingScheduler(sight: Sight): Scheduler & { readonly runs: Run[] } {
  const runs: Run[] = []
  return {
    runs,
    keepsTimeLimits: true,
    showsAfterMs: 1000,
    submit: async (run) => void runs.push(run),
    check: async () => {},
    look: async () => sight,
    stop: async () => {},
    logs: async () => [],
    preview: () => '',
    close: async () => {},
  }
}

test('each attempt over several nodes meets at a port of its own', async () => {
  const scheduler = recordingScheduler({ state: 'ended', cause: 'node-lost', detail: '' })
  const cluster = createClusterOn(scheduler, {
    runsDirectory: directory,
    trainer: ['python', 'train.py'],
    distribution: { nodes: 2, processesPerNode: 8, sharding: 'replicate' },
    objects: { uri: 'file:///objects', endpoint: null, region: null },
    clock: createManualClock(),
    gpusPerRun: 16,
  })
  const job = trainingJob('job', { datasetId: 'one', prefix: 'datasets/one/', files: [] })
  for (let look = 0; look < 3; look++) await cluster.ensure(job)
  const ports = scheduler.runs.map(({ command }) => command[command.indexOf('--master-port') + 1])
  expect(ports).toHaveLength(3)
  expect(new Set(ports).size).toBe(3)
})
