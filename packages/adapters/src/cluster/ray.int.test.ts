import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { createServer } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import type { Cluster, JobReport, TrainingJob } from '@ratchet/ports/cluster.ts'
import { PortError } from '@ratchet/ports/port-error.ts'
import { describeCluster } from '@ratchet/ports/testing/cluster-contract.ts'
import { trainingJob } from '@ratchet/ports/testing/cluster-harness.ts'
import { createSystemClock } from '../clock/system-clock.ts'
import { describeRealTraining } from '../testing/describe-real-training.ts'
import { fakeTrainerSettings, harnessData } from '../testing/local-cluster-harness.ts'
import { canStartRay, startOwnRay } from '../testing/own-ray.ts'
import {
  findRay,
  makeRayClusterHarness,
  noRay,
  openRayCluster,
  rayTestSettings,
} from '../testing/ray-cluster-harness.ts'
import { createClusterOn } from './cluster-on.ts'
import { createRayScheduler, type RaySettings } from './ray.ts'
import type { Run, Scheduler, Sight } from './scheduler.ts'

const ray = findRay()
const clock = createSystemClock()
const settings = rayTestSettings(ray ?? { address: 'http://127.0.0.1:1', token: null })
const suite = ray === null ? describe.skip : describe
const ownTest = canStartRay ? test : test.skip

suite(`Ray${ray === null ? ` (${noRay})` : ''}`, () => {
  describeCluster('Ray', () => makeRayClusterHarness(settings))

  describeRealTraining('Ray', (real) => createClusterOn(createRayScheduler({ ...real, ...settings }), real), [
    { title: 'paused', happens: ({ cluster, jobId }) => cluster.pause(jobId) },
    { title: 'paused again', happens: ({ cluster, jobId }) => cluster.pause(jobId) },
  ])

  test.each([
    ['asked to end', 'exec sleep 300'],
    ['ended, when it does not listen,', "trap '' TERM; while :; do sleep 0.2; done"],
  ])('a server whose time is over is %s, though nobody looks at it', async (_how, script) => {
    const scheduler = createRayScheduler({ ...settings, clock })
    const directory = mkdtempSync(join(tmpdir(), 'ratchet-ray-'))
    const name = `server-${Math.random().toString(36).slice(2, 8)}`
    const run: Run = {
      ...{ name, directory, role: 'server', nodes: 1, timeLimitMinutes: 2 / 60, graceSeconds: 1 },
      command: ['/bin/sh', '-c', script],
    }
    await scheduler.submit(run)
    await sleep(8_000)
    for (let tries = 0; tries < 300 && (await scheduler.look(run)).state !== 'ended'; tries += 1) await sleep(100)
    expect(await scheduler.look(run)).toMatchObject({ state: 'ended', cause: 'exited' })
    await scheduler.close()
    rmSync(directory, { recursive: true, force: true })
  })
})

describe('a Ray cluster that is not as it should be', () => {
  const nowhere = rayTestSettings({ address: 'http://127.0.0.1:1', token: null })
  const run = { name: 'run-1', directory: '/no/such/directory' }
  const errorOf = async (changed: Partial<RaySettings>): Promise<PortError> => {
    const scheduler = createRayScheduler({ ...nowhere, ...changed, clock })
    const error = await scheduler.look(run).catch((thrown: unknown) => thrown)
    await scheduler.close()
    if (error instanceof PortError) return error
    throw new Error(`no PortError but ${JSON.stringify(error)}`)
  }

  test('one that does not answer may answer later', async () => {
    const error = await errorOf({})
    expect(error.message).toMatch(/^the Ray cluster at http:\/\/127.0.0.1:1 does not answer/)
    expect(error.retryable).toBe(true)
  })

  test('a password in its address is not told', async () => {
    expect((await errorOf({ address: 'http://me:secret@127.0.0.1:1/' })).message).not.toContain('secret')
  })

  test('an address that is none is refused', () => {
    expect(() => createRayScheduler({ ...nowhere, address: 'ray://head:10001', clock })).toThrow(/http:\/\/head:8265/)
  })

  test.each([
    ['a page', 200, '<html>', false, /does not speak Ray's jobs API/],
    ['a bad gateway', 502, 'no upstream', true, /answered 502: no upstream/],
    ['too many requests', 429, '', true, /answered 429/],
    ['a refusal', 400, 'Traceback\n  ValueError: no\n.\n', false, /answered 400: ValueError: no$/],
    [
      'a refusal by a node',
      500,
      'failed with status code 400: x\nValueError: no',
      false,
      /answered 500: ValueError: no/,
    ],
    ['an error', 500, 'TimeoutError: no agent', true, /TimeoutError/],
  ])('what answers %s', async (_what, status, text, retryable, message) => {
    const server = createServer((_request, response) => response.writeHead(status).end(text))
    await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening))
    const address = server.address()
    const port = typeof address === 'object' ? address?.port : undefined
    const error = await errorOf({ address: `http://127.0.0.1:${port}` })
    server.closeAllConnections()
    server.close()
    expect(error.message).toMatch(message)
    expect(error.retryable).toBe(retryable)
  })
})

suite(`the jobs of Ray${ray === null ? ` (${noRay})` : ''}`, () => {
  let runs = ''
  let scheduler: Scheduler
  beforeEach(() => {
    runs = mkdtempSync(join(tmpdir(), 'ratchet-runs-'))
    scheduler = openScheduler()
  })
  afterEach(async () => {
    await scheduler.close()
    rmSync(runs, { recursive: true, force: true })
  })

  const newJob = (plan: object, more: Partial<TrainingJob> = {}): TrainingJob =>
    trainingJob(`ray-${Math.random().toString(36).slice(2, 8)}`, harnessData, plan, more)
  const until = async (
    which: Cluster,
    job: TrainingJob,
    wanted: (report: JobReport) => boolean,
    watch: () => void = () => {},
  ): Promise<JobReport> => {
    for (const deadline = Date.now() + 120_000; ; await sleep(50)) {
      const report = await which.ensure(job)
      watch()
      if (wanted(report)) return report
      if (report.state === 'failed' || report.state === 'succeeded' || Date.now() > deadline)
        throw new Error(`it is ${JSON.stringify(report)}`)
    }
  }
  const started = (report: JobReport): boolean => report.state === 'running' && (report.progress?.step ?? 0) >= 3
  const succeeded = (report: JobReport): boolean => report.state === 'succeeded'
  const eventsOf = (id: string, attempt: number): { kind: string; pid: number; at: string }[] => {
    const text = readFileSync(join(runs, id, `attempt-${attempt}`, 'events.jsonl'), 'utf8')
    return text
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line))
  }
  const trainerOf = (id: string, attempt: number): number =>
    eventsOf(id, attempt).find(({ kind }) => kind === 'start')?.pid ?? 0
  const parentOf = (pid: number): number => {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
    return Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1])
  }
  const lives = (pid: number): boolean => {
    try {
      return process.kill(pid, 0) && !/\) Z/.test(readFileSync(`/proc/${pid}/stat`, 'utf8'))
    } catch {
      return false
    }
  }

  test('a job whose supervisor is killed goes on in an attempt that does not count', async () => {
    // Ray may take longer than the contract's second of silence to see that a supervisor is gone.
    const patient = { ...fakeTrainerSettings(runs), silentAfterSeconds: 60 }
    const cluster = createClusterOn(openScheduler(), patient)
    const job = newJob({ steps: 60, stepMs: 30 }, { maxAttempts: 1 })
    await until(cluster, job, started)
    const trainer = trainerOf(job.id, 1)
    process.kill(parentOf(trainer), 'SIGKILL')
    expect(await until(cluster, job, succeeded)).toMatchObject({ attempt: 2 })
    expect(lives(trainer)).toBe(false)
    await cluster.close()
  })

  test.each([
    ['wrong', 'not-the-token', /refuses the token: put .* into the variable that cluster.tokenEnv names$/],
    ['missing', null, /wants a token: name .* in cluster.tokenEnv$/],
  ])('a token that is %s is named, and nothing is tried again', async (_what, token, message) => {
    if (ray?.token === null) return
    const refused = openRayCluster(runs, { ...settings, token })
    await expect(refused.check(newJob({}))).rejects.toMatchObject({
      retryable: false,
      message: expect.stringMatching(message),
    })
    const report = await refused.ensure(newJob({}))
    expect(report).toMatchObject({ state: 'failed', reason: expect.stringMatching(message) })
    await refused.close()
  })

  const openScheduler = (changed: Partial<RaySettings> = {}): Scheduler =>
    createRayScheduler({ ...settings, ...changed, clock })
  const newRun = (command: readonly string[]): Run => {
    const name = `ray-${Math.random().toString(36).slice(2, 8)}`
    const directory = join(runs, name, 'attempt-1')
    mkdirSync(directory, { recursive: true })
    return { name, directory, command, timeLimitMinutes: 1, nodes: 1, graceSeconds: 1 }
  }
  /** As Ray has it. */
  const statusOf = async ({ name }: Run): Promise<unknown> => {
    const headers = settings.token === null ? {} : { authorization: `Bearer ${settings.token}` }
    return JSON.parse(await (await fetch(`${settings.address}/api/jobs/${name}`, { headers })).text()).status
  }
  const untilSeen = async (scheduler: Scheduler, run: Run, state: Sight['state']): Promise<Sight> => {
    for (const deadline = Date.now() + 60_000; ; await sleep(100)) {
      const sight = await scheduler.look(run)
      if (sight.state === state) return sight
      if (Date.now() > deadline) throw new Error(`it is ${JSON.stringify(sight)}`)
    }
  }

  test('the trainer gets its environment and its words as they are, in the directory of its attempt', async () => {
    scheduler = openScheduler({ env: { COLOUR: `it's "blue"` } })
    const run = newRun(['sh', '-c', 'printf "%s|%s|%s\\n" "$COLOUR" "$1" "$PWD"', 'sh', `a 'b' "c" $d \\e\nf`])
    await scheduler.submit(run)
    expect(await untilSeen(scheduler, run, 'ended')).toEqual({ state: 'ended', cause: 'exited', detail: '' })
    expect(await scheduler.logs(run, 10)).toEqual([`it's "blue"|a 'b' "c" $d \\e`, `f|${run.directory}`])
  })

  test('a program that cannot be started is in the log, and its exit code is told', async () => {
    const run = newRun(['/no/such/python'])
    await scheduler.submit(run)
    expect(await untilSeen(scheduler, run, 'ended')).toMatchObject({
      cause: 'impossible',
      detail: expect.stringContaining('exit code 127: its command is not there'),
    })
    expect((await scheduler.logs(run, 1))[0]).toMatch(/\/no\/such\/python.*not found/)
  })

  test('what a trainer leaves behind ends with it', async () => {
    const run = newRun(['sh', '-c', 'sleep 300 & echo $!'])
    await scheduler.submit(run)
    await untilSeen(scheduler, run, 'ended')
    const [child] = await scheduler.logs(run, 1)
    for (const deadline = Date.now() + 5_000; lives(Number(child)) && Date.now() < deadline; ) await sleep(100)
    expect(lives(Number(child))).toBe(false)
  })

  test('a run without output of its own shows what Ray says', async () => {
    const run = newRun(['true'])
    await scheduler.submit(run)
    await untilSeen(scheduler, run, 'ended')
    expect((await scheduler.logs(run, 50)).join('\n')).toContain(`Running entrypoint for job ${run.name}`)
    expect(await scheduler.logs({ ...run, name: 'no-such-job' }, 50)).toEqual([])
  })

  test('a run that is stopped while it waits for its turn starts no trainer when the turn comes', async () => {
    scheduler = openScheduler({ cpus: 16 })
    const first = newRun(['sleep', '60'])
    const second = newRun(['touch', 'it-began'])
    await scheduler.submit(first)
    await untilSeen(scheduler, first, 'running')
    await scheduler.submit(second)
    expect(await scheduler.look(second)).toMatchObject({
      state: 'waiting',
      reason: 'it asks for 16 CPU on one node; 1 of 1 nodes are large enough: it starts when one has that free',
      hopeless: false,
    })
    await scheduler.stop(second, 1000)
    expect(await scheduler.look(second)).toMatchObject({ state: 'ended', cause: 'stopped' })
    await scheduler.stop(first, 0)
    while ((await statusOf(second)) === 'PENDING' || (await statusOf(second)) === 'RUNNING') await sleep(100)
    expect(existsSync(join(second.directory, 'it-began'))).toBe(false)
  })

  test('what nothing can give is told with what there is', async () => {
    scheduler = openScheduler({ gpus: 8 })
    const run = newRun(['true'])
    await scheduler.submit(run)
    expect(await scheduler.look(run)).toMatchObject({
      reason:
        "it asks for 8 GPU, 1 CPU on one node; none of the Ray cluster's 1 nodes has as much, they have 0 GPU, 16 CPU at most: ask for less in cluster.gpus, cluster.cpus, or add a larger node",
    })
    await scheduler.stop(run, 0)
  })

  const title = 'a head that is lost with all it knew costs an attempt, and no two trainers run at once'
  ownTest(
    `${title}${canStartRay ? '' : ` (${noRay})`}`,
    async () => {
      const [first, second] = [await startOwnRay(), await startOwnRay()]
      try {
        const before = openRayCluster(runs, { ...settings, ...first })
        const job = newJob({ steps: 200, stepMs: 50 }, { maxAttempts: 2 })
        await until(before, job, started)
        first.crash()
        await expect(before.ensure(job)).rejects.toMatchObject({ retryable: true })
        await before.close()
        // A restarted head knows as little as another one.
        const after = openRayCluster(runs, { ...settings, ...second })
        expect(await until(after, job, succeeded)).toMatchObject({ attempt: 2 })
        const last = eventsOf(job.id, 1).at(-1)?.at ?? ''
        expect(Date.parse(eventsOf(job.id, 2)[0]?.at ?? '')).toBeGreaterThan(Date.parse(last))
        expect(lives(trainerOf(job.id, 1))).toBe(false)
        await after.close()
      } finally {
        await Promise.all([first.close(), second.close()])
      }
    },
    300_000,
  )
})
