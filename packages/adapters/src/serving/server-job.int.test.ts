import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { createServer } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import { PortError } from '@ratchet/ports/port-error.ts'
import type { DeploymentReport, Serving } from '@ratchet/ports/serving.ts'
import { describeServing } from '@ratchet/ports/testing/serving-contract.ts'
import { createSystemClock } from '../clock/system-clock.ts'
import { portOf } from '../cluster/launch.ts'
import { createLocalScheduler } from '../cluster/local-process.ts'
import type { Run, RunName, Scheduler, Sight } from '../cluster/scheduler.ts'
import {
  jobServingSettings,
  killServers,
  makeServedCheckpoint,
  makeServerJobHarness,
} from '../testing/server-job-harness.ts'
import { createJobServing, type JobServingSettings } from './server-job.ts'
import { serverRunName } from './server-run.ts'

const clock = createSystemClock()
const openLocal = () => createLocalScheduler({ env: { PATH: process.env['PATH'] }, clock })

describeServing(
  'a server in a job, on this machine',
  async () => makeServerJobHarness(mkdtempSync(join(tmpdir(), 'ratchet-serving-')), openLocal),
  { startsServers: true },
)

describe('servers in jobs', () => {
  let directory = ''
  let serving: Serving | null = null
  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), 'ratchet-serving-'))
  })
  afterEach(async () => {
    await serving?.release('policy')
    killServers(directory)
    rmSync(directory, { recursive: true, force: true })
  })

  /** The local scheduler, whose sight of the first runs is another; tells what was submitted and stopped. */
  function open(seen: (run: RunName, real: Sight) => Sight | Error, more: Partial<JobServingSettings> = {}) {
    const local = openLocal()
    const submitted: Run[] = []
    const stopped: string[] = []
    const scheduler: Scheduler = {
      ...local,
      submit: async (run) => {
        submitted.push(run)
        await local.submit(run)
      },
      look: async (run) => {
        const sight = seen(run, await local.look(run))
        if (sight instanceof Error) throw sight
        return sight
      },
      stop: async (run, graceMs) => {
        stopped.push(run.name)
        await local.stop(run, graceMs)
      },
    }
    serving = createJobServing(scheduler, { ...jobServingSettings(join(directory, 'servers')), ...more })
    return { serving, submitted, stopped }
  }
  const wanted = () => ({ name: 'policy', ...makeServedCheckpoint(directory, 'one') })
  const until = async (by: Serving, state: DeploymentReport['state']): Promise<DeploymentReport> => {
    for (let tries = 0; tries < 600; tries += 1) {
      const report = await by.ensure(wanted())
      if (report.state === state) return report
      if (report.state === 'failed') throw new Error(report.reason)
      await sleep(50)
    }
    throw new Error(`it is never ${state}`)
  }
  /** Healthy, and lists nothing. */
  const busyCommand = [
    process.execPath,
    '-e',
    `require('node:http').createServer((request, response) => {
      response.writeHead(request.url === '/health' ? 200 : 503).end()
    }).listen(Number(process.argv[1]), '0.0.0.0')`,
    '{port}',
  ]
  const isFirst = ({ name }: RunName) => name.endsWith('-1')

  test('one whose cluster takes it away serves again in another job, at another address', async () => {
    let taken = false
    const { serving, submitted } = open((run, real) =>
      taken && isFirst(run) ? { state: 'ended', cause: 'preempted', detail: 'by urgent' } : real,
    )
    const first = await until(serving, 'ready')
    taken = true
    expect(await serving.ensure(wanted())).toEqual({
      state: 'starting',
      reason: 'another server is submitted: the cluster preempted the server: by urgent',
    })
    expect(await until(serving, 'ready')).not.toEqual(first)
    expect(new Set(submitted.map(({ name }) => name)).size).toBe(2)
  })

  test('one that waits in the queue says for what, and is submitted once', async () => {
    const { serving, submitted } = open(() => ({
      state: 'waiting',
      reason: 'Resources',
      queuePosition: 3,
      hopeless: false,
    }))
    await serving.ensure(wanted())
    for (let look = 0; look < 3; look += 1)
      expect(await serving.ensure(wanted())).toEqual({
        state: 'starting',
        reason: 'the server for policy waits: Resources; 3 jobs are before it in the queue',
      })
    expect(submitted).toHaveLength(1)
  })

  test('one that can never run has failed at once and leaves the queue', async () => {
    const { serving, stopped } = open(() => ({
      state: 'waiting',
      reason: 'BadConstraints',
      queuePosition: null,
      hopeless: true,
    }))
    await serving.ensure(wanted())
    expect(await serving.ensure(wanted())).toEqual({
      state: 'failed',
      reason: 'the cluster cannot run the server: BadConstraints',
    })
    expect(stopped).toHaveLength(1)
  })

  test('one that somebody cancels on the cluster has failed, and whoever asks again gets another', async () => {
    const { serving } = open((run, real) => (isFirst(run) ? { state: 'ended', cause: 'stopped', detail: '' } : real))
    await serving.ensure(wanted())
    expect(await serving.ensure(wanted())).toEqual({
      state: 'failed',
      reason: "somebody cancelled the server's job on the cluster",
    })
    expect(await serving.ensure(wanted())).toMatchObject({ state: 'failed' })
    await sleep(350)
    expect(await until(serving, 'ready')).toMatchObject({ state: 'ready' })
  })

  test('what one shard is told of a failure another is told too, and nobody begins another server meanwhile', async () => {
    const { serving, submitted } = open(
      (run, real) => (isFirst(run) ? { state: 'ended', cause: 'impossible', detail: 'no such image' } : real),
      { restMs: 60_000 },
    )
    await serving.ensure(wanted())
    const told = await Promise.all([1, 2, 3].map(() => serving.ensure(wanted())))
    for (const report of told)
      expect(report).toEqual({ state: 'failed', reason: 'the cluster cannot run the server: no such image' })
    expect(submitted).toHaveLength(1)
  })

  test('a release that comes while another server is about to begin ends that one too', async () => {
    let release: Promise<void> | null = null
    const { serving, submitted, stopped } = open(
      (run, real) => {
        if (!isFirst(run) || release === null) return real
        return { state: 'ended', cause: 'preempted', detail: '' }
      },
      { restMs: 60_000 },
    )
    await until(serving, 'ready')
    release = Promise.resolve()
    const [, report] = await Promise.all([serving.release('policy'), serving.ensure(wanted())])
    expect(report.state).toBe('starting')
    await serving.release('policy')
    expect(await serving.ensure(wanted())).toEqual({
      state: 'starting',
      reason: 'its server was released a moment ago',
    })
    expect(stopped).toContain(submitted[0]?.name)
    for (const { name, directory: run } of submitted)
      expect(await openLocal().look({ name, directory: run })).not.toMatchObject({ state: 'running' })
  })

  test('one that refuses our key has failed, and says where the right one belongs', async () => {
    const refusing = `require('node:http').createServer((request, response) => {
      response.writeHead(request.url === '/health' ? 200 : 401).end()
    }).listen(Number(process.argv[1]), '0.0.0.0')`
    const command = [process.execPath, '-e', refusing, '{port}']
    const { serving } = open((_run, real) => real, { command })
    await expect(until(serving, 'ready')).rejects.toThrow(/refuses our key: let serving.apiKeyEnv name/)
  })

  test('one that is too busy to list its models is waited for', async () => {
    const { serving, submitted } = open((_run, real) => real, { command: busyCommand })
    for (let look = 0; look < 20; look += 1) {
      expect(await serving.ensure(wanted())).toMatchObject({ state: 'starting' })
      await sleep(100)
    }
    expect(submitted).toHaveLength(1)
  })

  test('one that is healthy and never proven has not answered: its time to start ends too', async () => {
    const { serving } = open((_run, real) => real, {
      command: busyCommand,
      startTimeoutSeconds: 1,
    })
    await expect(until(serving, 'ready')).rejects.toThrow(/^the server for policy did not answer at .* within 1 s/)
  })

  test('one that some worker of ours ends for its silence was cancelled by nobody, and another begins', async () => {
    let ended = false
    const { serving, submitted } = open(
      (run, real) => (ended && isFirst(run) ? { state: 'ended', cause: 'stopped', detail: '' } : real),
      { silenceAllowedMs: 100 },
    )
    await until(serving, 'ready')
    killServers(directory, 'SIGSTOP')
    await until(serving, 'starting')
    await sleep(150)
    ended = true
    expect(await serving.ensure(wanted())).toMatchObject({ reason: expect.stringContaining('did not answer for') })
    expect(submitted).toHaveLength(2)
  }, 60_000)

  test('one that ends three times before it answers has failed, with the end of its log', async () => {
    const dies = ['/bin/sh', '-c', 'echo "no room for {path} on port {port}" >&2; exit 3']
    const { serving, submitted } = open((_run, real) => real, { command: dies })
    await expect(until(serving, 'ready')).rejects.toThrow(
      /^the server for policy ended before it answered, 3 times; its log ends with: no room for .* on port \d+ \(in .*attempt-3\/server\.log\)$/,
    )
    expect(submitted).toHaveLength(3)
  })

  test('one whose port somebody else on its node has takes another', async () => {
    const port = portOf(serverRunName('policy', join(directory, 'servers', 'policy'), 1).name)
    const other = createServer((_request, response) => response.end('{"data":[]}')).listen(port, '0.0.0.0')
    await once(other, 'listening')
    const { serving, submitted } = open((_run, real) => real)
    const report = await until(serving, 'ready')
    expect(report).toMatchObject({ served: { endpoints: [{ url: `http://127.0.0.1:${port + 1}/v1` }] } })
    expect(submitted).toHaveLength(1)
    other.close()
  })

  test('one that never answers is stopped after its time to start, with its address', async () => {
    const silent = [process.execPath, '-e', 'setInterval(() => {}, 1000)', '{port}']
    const { serving, stopped } = open((_run, real) => real, { command: silent, startTimeoutSeconds: 1 })
    await expect(until(serving, 'ready')).rejects.toThrow(
      /^the server for policy did not answer at http:\/\/127\.0\.0\.1:\d+ within 1 s; it wrote nothing/,
    )
    expect(stopped).toHaveLength(1)
  })

  test('one that stops answering is ended, and another begins', async () => {
    const { serving, submitted, stopped } = open((_run, real) => real, { silenceAllowedMs: 300 })
    await until(serving, 'ready')
    killServers(directory, 'SIGSTOP')
    expect(await until(serving, 'starting')).toMatchObject({ reason: expect.stringContaining('does not answer') })
    expect(await until(serving, 'ready')).toMatchObject({ state: 'ready' })
    expect(submitted).toHaveLength(2)
    expect(stopped).toEqual([submitted[0]?.name])
  }, 60_000)

  test('one that has answered goes on while its cluster cannot be asked, and one that has not is waited for', async () => {
    let away = true
    const { serving } = open((_run, real) =>
      away ? new PortError('Slurm does not answer', { retryable: true }) : real,
    )
    await serving.ensure(wanted())
    expect(await serving.ensure(wanted())).toEqual({
      state: 'starting',
      reason: 'the cluster cannot be asked: Slurm does not answer',
    })
    away = false
    const ready = await until(serving, 'ready')
    away = true
    expect(await serving.ensure(wanted())).toEqual(ready)
  })

  test('released before it runs, it leaves nothing behind, and is not submitted again by whoever looked meanwhile', async () => {
    const { serving, stopped } = open((_run, real) => real)
    await Promise.all([serving.ensure(wanted()), serving.release('policy')])
    await serving.release('policy')
    await serving.release('policy')
    expect(stopped.length).toBeGreaterThan(0)
    expect(await openLocal().look(nameOf(directory))).not.toMatchObject({ state: 'running' })
  })

  test('names that no scheduler takes are changed, and stay apart', async () => {
    const { serving, submitted } = open((_run, real) => real)
    for (const name of ['a.b_c', 'a_b.c']) await serving.ensure({ ...wanted(), name })
    const names = submitted.map(({ name }) => name)
    expect(new Set(names).size).toBe(2)
    for (const name of names) expect(name).toMatch(/^[A-Za-z0-9-]+$/)
    for (const name of ['a.b_c', 'a_b.c']) await serving.release(name)
  })
})

function nameOf(directory: string): RunName {
  const run = join(directory, 'servers', 'policy', 'attempt-1')
  return { name: 'policy', directory: run, role: 'server' }
}
