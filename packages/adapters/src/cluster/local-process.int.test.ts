import { type ChildProcess, spawn } from 'node:child_process'
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { afterEach, describe, expect, test } from '@jest/globals'
import { PortError } from '@ratchet/ports/port-error.ts'
import { describeCluster } from '@ratchet/ports/testing/cluster-contract.ts'
import { trainingJob } from '@ratchet/ports/testing/cluster-harness.ts'
import { createSystemClock } from '../clock/system-clock.ts'
import {
  harnessData,
  harnessObjects,
  makeLocalClusterHarness,
  openFakeTrainerCluster,
} from '../testing/local-cluster-harness.ts'
import { createLocalCluster } from './local-process.ts'

describeCluster('the local cluster', makeLocalClusterHarness)

describe('the local cluster among several workers', () => {
  const here = dirname(fileURLToPath(import.meta.url))
  let runs = ''
  afterEach(async () => {
    const cluster = openFakeTrainerCluster(runs)
    await cluster.cancel('shared-job')
    rmSync(runs, { recursive: true, force: true })
  })

  /** A worker process that looks at the job until it has ended. */
  function startWorker(job: object): ChildProcess {
    const script = join(runs, `worker-${Math.random()}.mts`)
    writeFileSync(
      script,
      `import { openFakeTrainerCluster } from ${JSON.stringify(join(here, '../testing/local-cluster-harness.ts'))}
       const cluster = openFakeTrainerCluster(${JSON.stringify(runs)})
       for (;;) {
         const report = await cluster.ensure(${JSON.stringify(job)})
         if (report.state === 'succeeded' || report.state === 'failed') { console.log(report.state); break }
         await new Promise((resolve) => setTimeout(resolve, 5))
       }`,
    )
    return spawn(process.execPath, ['--import', 'tsx', script], { cwd: here, stdio: ['ignore', 'pipe', 'inherit'] })
  }
  const ended = (worker: ChildProcess) => new Promise((resolve) => worker.once('exit', resolve))
  const starts = () => {
    const lines = ['attempt-1', 'attempt-2', 'attempt-3'].flatMap((attempt) => {
      const path = join(runs, 'shared-job', attempt, 'events.jsonl')
      return existsSync(path) ? readFileSync(path, 'utf8').trim().split('\n') : []
    })
    return lines.map((line) => JSON.parse(line)).filter((event) => event.kind === 'start')
  }

  test('never two trainers run, however many workers look at once and whoever is killed', async () => {
    runs = mkdtempSync(join(tmpdir(), 'ratchet-runs-'))
    const job = trainingJob('shared-job', harnessData, { steps: 100, stepMs: 20 })
    const workers = [1, 2, 3].map(() => startWorker(job))
    const cluster = openFakeTrainerCluster(runs)
    for (;;) {
      const report = await cluster.ensure(job)
      if (report.state === 'running' && (report.progress?.step ?? 0) > 20) break
      await sleep(10)
    }
    workers[0]?.kill('SIGKILL')
    process.kill(starts()[0].pid, 'SIGKILL')
    await Promise.all(workers.slice(1).map(ended))
    expect((await cluster.ensure(job)).state).toBe('succeeded')
    expect(starts().map(({ attempt }) => attempt)).toEqual([1, 2])
  })

  test('the trainer outlives the worker that started it, and the next worker finds it', async () => {
    runs = mkdtempSync(join(tmpdir(), 'ratchet-runs-'))
    const job = trainingJob('shared-job', harnessData, { steps: 100, stepMs: 30 })
    const worker = startWorker(job)
    const record = join(runs, 'shared-job', 'attempt-1', 'process.json')
    for (let tries = 0; tries < 1000; tries += 1) {
      try {
        readFileSync(record)
        break
      } catch {
        await sleep(10)
      }
    }
    worker.kill('SIGKILL')
    const cluster = openFakeTrainerCluster(runs)
    for (;;) {
      const report = await cluster.ensure(job)
      expect(report).toMatchObject({ attempt: 1 })
      if (report.state === 'succeeded') break
      await sleep(30)
    }
    expect(starts()).toHaveLength(1)
  })

  test('a trainer that cannot be started is named', async () => {
    runs = mkdtempSync(join(tmpdir(), 'ratchet-runs-'))
    const cluster = createLocalCluster({
      runsDirectory: runs,
      trainer: ['/no/such/python'],
      objects: harnessObjects,
      clock: createSystemClock(),
      gpusPerRun: 0,
      env: {},
    })
    const job = trainingJob('shared-job', harnessData)
    const told = await cluster.check(job).catch((error: unknown) => error)
    const report = await cluster.ensure(job)
    expect(report).toMatchObject({
      state: 'failed',
      reason: expect.stringContaining('/no/such/python cannot be started'),
    })
    expect(told).toMatchObject({ retryable: false, message: 'reason' in report ? report.reason : '' })
  })

  test('a check names a start that is not there, and leaves the names of models alone', async () => {
    runs = mkdtempSync(join(tmpdir(), 'ratchet-runs-'))
    const cluster = openFakeTrainerCluster(runs)
    const check = (startPath: string) => cluster.check({ id: 'shared-job', timeLimitMinutes: 10, startPath })
    const message =
      "the start checkpoint /no/such/model does not exist on the trainer's machine; correct its path, baseModel in the recipe, or put it there"
    await expect(check('/no/such/model')).rejects.toMatchObject({ retryable: false, message })
    await check('organisation/model')
    await check(runs)
    expect(readdirSync(runs)).toEqual([])
  })

  test('a check names a directory of the runs that cannot be one, as the training would', async () => {
    runs = mkdtempSync(join(tmpdir(), 'ratchet-runs-'))
    const file = join(runs, 'file')
    writeFileSync(file, '')
    const cluster = openFakeTrainerCluster(file)
    const message = `cannot begin attempt 1 of shared-job in ${file}: `
    const job = { ...trainingJob('shared-job', harnessData), startPath: runs }
    for (const ask of ['check', 'ensure'] as const)
      await expect(cluster[ask](job)).rejects.toMatchObject({
        retryable: false,
        message: expect.stringContaining(message),
      })
  })

  test.each([
    [true, { retryable: false, message: 'there is no interpreter' }],
    [false, null],
  ])(
    'a trainer that is yet to be made is not asked for; that it cannot be is told where it takes no time (%s)',
    async (preparesAtOnce, refusal) => {
      runs = mkdtempSync(join(tmpdir(), 'ratchet-runs-'))
      const cluster = createLocalCluster({
        runsDirectory: runs,
        trainer: ['/no/such/python'],
        prepare: async () => {
          throw new PortError('there is no interpreter', { retryable: false })
        },
        preparesAtOnce,
        objects: harnessObjects,
        clock: createSystemClock(),
        gpusPerRun: 0,
        env: {},
      })
      const told = await cluster
        .check({ id: 'shared-job', timeLimitMinutes: 10, startPath: runs })
        .then(() => null)
        .catch((error: unknown) => error)
      if (refusal === null) expect(told).toBeNull()
      else expect(told).toMatchObject(refusal)
    },
  )
})
