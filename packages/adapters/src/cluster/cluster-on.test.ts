import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from '@jest/globals'
import { PortError } from '@ratchet/ports/port-error.ts'
import { trainingJob } from '@ratchet/ports/testing/cluster-harness.ts'
import { createManualClock } from '@ratchet/ports/testing/manual-clock.ts'
import { createClusterOn } from './cluster-on.ts'
import type { Run, RunName, Scheduler, Sight } from './scheduler.ts'

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

const settings = () => ({
  runsDirectory: directory,
  trainer: ['python', 'train.py'],
  objects: { uri: 'file:///objects', endpoint: null, region: null },
  clock: createManualClock(),
  gpusPerRun: 1,
})
const wanted = trainingJob('job', { datasetId: 'one', prefix: 'datasets/one/', files: [] })

test('a cancelled run that could not be stopped is stopped by whoever cancels again, and one that failed is left alone', async () => {
  const scheduler = recordingScheduler({ state: 'running', since: new Date(0) })
  const stopped: string[] = []
  let away = true
  const stop = async ({ name }: RunName) => {
    if (away) throw new PortError('it is away', { retryable: true })
    stopped.push(name)
  }
  const cluster = createClusterOn({ ...scheduler, stop }, settings())
  await cluster.ensure(wanted)
  await expect(cluster.cancel('job')).rejects.toThrow('it is away')
  away = false
  await cluster.cancel('job')
  expect(stopped).toEqual(['ratchet-job-1'])
  expect(await cluster.ensure(wanted)).toMatchObject({ state: 'failed', reason: 'the training was cancelled' })

  const impossible = recordingScheduler({ state: 'ended', cause: 'impossible', detail: 'no such image' })
  const other = createClusterOn({ ...impossible, stop }, settings())
  await other.ensure({ ...wanted, id: 'other' })
  expect(await other.ensure({ ...wanted, id: 'other' })).toMatchObject({ state: 'failed' })
  await other.cancel('other')
  expect(stopped).toEqual(['ratchet-job-1'])
})

test('each attempt over several nodes meets at a port of its own', async () => {
  const scheduler = recordingScheduler({ state: 'ended', cause: 'node-lost', detail: '' })
  const distribution = { nodes: 2, processesPerNode: 8, sharding: 'replicate' } as const
  const cluster = createClusterOn(scheduler, { ...settings(), distribution, gpusPerRun: 16 })
  for (let look = 0; look < 3; look++) await cluster.ensure(wanted)
  const ports = scheduler.runs.map(({ command }) => command[command.indexOf('--master-port') + 1])
  expect(ports).toHaveLength(3)
  expect(new Set(ports).size).toBe(3)
})
