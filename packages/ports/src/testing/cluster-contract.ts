import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import { type Cluster, type JobReport, seriesStart, type TrainingJob, type TrainingStep } from '../cluster.ts'
import { type ClusterHarness, type Plan, trainingJob } from './cluster-harness.ts'

/** What every cluster promises. */
export function describeCluster(name: string, make: () => Promise<ClusterHarness>): void {
  describe(`${name}, as a cluster`, () => {
    let harness: ClusterHarness
    let cluster: Cluster
    let jobs: string[] = []
    beforeEach(async () => {
      harness = await make()
      cluster = harness.open()
      jobs = []
    })
    afterEach(async () => {
      for (const id of jobs) await cluster.cancel(id)
      await cluster.close()
      await harness.close()
    })

    const job = (plan: Partial<Plan> = {}, more: Partial<TrainingJob> = {}): TrainingJob => {
      const id = `job-${jobs.length}-${Math.random().toString(36).slice(2, 8)}`
      jobs.push(id)
      return trainingJob(id, harness.data, plan, more)
    }
    const until = async <State extends JobReport['state']>(
      wanted: TrainingJob,
      state: State,
      also: (report: Extract<JobReport, { state: State }>) => boolean = () => true,
    ): Promise<Extract<JobReport, { state: State }>> => {
      const is = (report: JobReport): report is Extract<JobReport, { state: State }> => report.state === state
      const deadline = Date.now() + (harness.patienceSeconds ?? 30) * 1000
      while (Date.now() < deadline) {
        const report = await cluster.ensure(wanted)
        if (is(report) && also(report)) return report
        if (report.state === 'failed' || report.state === 'succeeded')
          throw new Error(`waiting for ${state}, but it is ${JSON.stringify(report)}`)
        await sleep(20)
      }
      throw new Error(`the job never became ${state}`)
    }
    const starts = (id: string): { attempt: number; pid: number; step: number }[] => {
      const attempts = Array.from({ length: 9 }, (_, index) => join(harness.runDirectory(id), `attempt-${index + 1}`))
      const lines = attempts.flatMap((attempt) => {
        const path = join(attempt, 'events.jsonl')
        return existsSync(path) ? readFileSync(path, 'utf8').trim().split('\n') : []
      })
      return lines.map((line) => JSON.parse(line)).filter((event) => event.kind === 'start')
    }
    const lives = (pid: number): boolean => {
      try {
        return process.kill(pid, 0) && !/\) Z/.test(readFileSync(`/proc/${pid}/stat`, 'utf8'))
      } catch {
        return false
      }
    }

    /** Everything that there is of the series, read piece by piece. */
    const wholeSeries = async (id: string): Promise<TrainingStep[]> => {
      const steps: TrainingStep[] = []
      for (let cursor = seriesStart; ; ) {
        const read = await cluster.series(id, cursor)
        steps.push(...read.steps)
        if (read.next.attempt === cursor.attempt && read.next.offset === cursor.offset) return steps
        cursor = read.next
      }
    }

    test('a job that is submitted ten times at once runs once', async () => {
      const wanted = job()
      const clusters = Array.from({ length: 10 }, () => harness.open())
      await Promise.all(clusters.map((each) => each.ensure(wanted)))
      const report = await until(wanted, 'succeeded')
      expect(report.attempt).toBe(1)
      expect(existsSync(join(report.checkpointPath, 'manifest.json'))).toBe(true)
      expect(report.manifestSha256).toMatch(/^[0-9a-f]{64}$/)
      expect(report.metrics).toEqual({
        phases: [{ method: 'sft', steps: 5 }],
        canary: { text: 'x', tokenIds: [1, 2], logprobs: [null, -1] },
      })
      expect(await cluster.ensure(wanted)).toEqual(report)
      expect(starts(wanted.id)).toHaveLength(1)
    })

    test('a submission whose reply is lost runs once', async () => {
      const wanted = job({ steps: 20, stepMs: 20 })
      const losing = harness.open('losing-replies')
      await expect(losing.ensure(wanted)).rejects.toThrow()
      for (let tries = 0; tries < 3; tries += 1) await losing.ensure(wanted).catch(() => {})
      await losing.close()
      expect((await until(wanted, 'succeeded')).attempt).toBe(1)
      expect(starts(wanted.id)).toHaveLength(1)
    })

    test('looking submits nothing, and tells what ensure would find', async () => {
      const wanted = job()
      expect(await cluster.look(wanted)).toBeNull()
      expect(starts(wanted.id)).toEqual([])
      const report = await until(wanted, 'succeeded')
      expect(await cluster.look(wanted)).toEqual(report)
    })

    test('a job that it would take passes a check, which starts nothing and leaves nothing', async () => {
      const wanted = job()
      const outline = { id: wanted.id, timeLimitMinutes: wanted.timeLimitMinutes, startPath: process.cwd() }
      await Promise.all([cluster.check(outline), cluster.check(outline)])
      expect(await cluster.look(wanted)).toBeNull()
      expect(existsSync(harness.runDirectory(wanted.id))).toBe(false)
      expect((await until(wanted, 'succeeded')).attempt).toBe(1)
      expect(starts(wanted.id)).toHaveLength(1)
    })

    test('a job that would only wait passes a check', async () => {
      const starved = harness.open('starved')
      await starved.check({ id: 'would-wait', timeLimitMinutes: 10, startPath: process.cwd() })
      await starved.close()
    })

    test('a job that was never submitted can be shown as it would be', () => {
      expect(cluster.preview('some-job', 10)).toMatch(/fake-trainer.mjs[\s\S]*some-job\/attempt-1/)
    })

    test('a paused job ends with a checkpoint, and goes on from it when it is wanted again', async () => {
      const wanted = job({ steps: 60, stepMs: 20 }, { maxAttempts: 1 })
      await until(wanted, 'running', ({ progress }) => (progress?.step ?? 0) >= 3)
      await cluster.pause(wanted.id)
      expect(starts(wanted.id).map(({ pid }) => lives(pid))).toEqual([false])
      expect((await until(wanted, 'succeeded')).attempt).toBe(2)
      expect(starts(wanted.id)[1]?.step).toBeGreaterThanOrEqual(3)
    })

    test('a running job tells its step and its last sign of life', async () => {
      const wanted = job({ steps: 500 })
      const { progress, heartbeatAt } = await until(wanted, 'running', (report) => report.progress !== null)
      expect(progress).toMatchObject({ phase: 'sft', maxSteps: 500 })
      expect(Math.abs(Date.now() - (heartbeatAt?.getTime() ?? 0))).toBeLessThan(30_000)
    })

    test('a trainer that is killed goes on where it was, under a new attempt', async () => {
      const wanted = job({ steps: 30, stepMs: 20 })
      await until(wanted, 'running', ({ progress }) => (progress?.step ?? 0) >= 3)
      process.kill(starts(wanted.id)[0]?.pid ?? 0, 'SIGKILL')
      expect((await until(wanted, 'succeeded')).attempt).toBe(2)
      expect(starts(wanted.id).map(({ attempt }) => attempt)).toEqual([1, 2])
      expect(starts(wanted.id)[1]?.step).toBeGreaterThanOrEqual(3)
    })

    test('the series has every step in order, over a kill and a further attempt, and a cursor gives each once', async () => {
      const wanted = job({ steps: 30, stepMs: 20 })
      const { progress } = await until(wanted, 'running', (report) => (report.progress?.step ?? 0) >= 3)
      const early = await cluster.series(wanted.id, seriesStart)
      expect(early.steps.length).toBeGreaterThanOrEqual(progress?.step ?? 0)
      process.kill(starts(wanted.id)[0]?.pid ?? 0, 'SIGKILL')
      await until(wanted, 'succeeded')
      const steps = await wholeSeries(wanted.id)
      expect(steps.slice(0, early.steps.length)).toEqual(early.steps)
      expect((await cluster.series(wanted.id, early.next)).steps[0]?.step).not.toBe(1)
      expect([...new Set(steps.map(({ step }) => step))]).toEqual(Array.from({ length: 30 }, (_, index) => index + 1))
      expect(steps.map(({ attempt }) => attempt)).toEqual(steps.map(({ attempt }) => attempt).toSorted())
      expect(steps.at(-1)).toEqual({
        attempt: 2,
        phaseIndex: 0,
        step: 30,
        at: expect.any(Date),
        loss: 1 / 30,
        learningRate: 0.001,
        gradNorm: 31,
        tokens: 3000,
        rewardsMargin: null,
        rewardsAccuracy: null,
      })
      expect(await wholeSeries('no-such-job')).toEqual([])
    })

    test('the usage grows over all attempts, counts the GPUs of a run, and stands once the job has ended', async () => {
      const wanted = job({ steps: 30, stepMs: 20 }, { device: 'cuda' })
      const first = await until(wanted, 'running', ({ progress }) => (progress?.step ?? 0) >= 5)
      expect([first.usage.seconds > 0, first.because]).toEqual([true, null])
      process.kill(starts(wanted.id)[0]?.pid ?? 0, 'SIGKILL')
      const second = await until(wanted, 'running', ({ attempt }) => attempt === 2)
      expect(second.usage.seconds).toBeGreaterThanOrEqual(first.usage.seconds)
      expect(second.because).toEqual(expect.any(String))
      const { usage } = await until(wanted, 'succeeded')
      expect(usage.seconds).toBeGreaterThan(second.usage.seconds)
      expect(usage.gpuSeconds).toBeCloseTo(2 * usage.seconds)
      await sleep(100)
      expect((await cluster.ensure(wanted)).usage).toEqual(usage)
      const onCpu = job()
      expect((await until(onCpu, 'succeeded')).usage).toMatchObject({ gpuSeconds: 0, seconds: expect.any(Number) })
    })

    test('a preemption does not use up an attempt', async () => {
      const wanted = job({ steps: 60, stepMs: 20 }, { maxAttempts: 1 })
      for (const round of [1, 2]) {
        await until(wanted, 'running', ({ attempt, progress }) => attempt === round && progress !== null)
        process.kill(starts(wanted.id).at(-1)?.pid ?? 0, 'SIGTERM')
      }
      expect((await until(wanted, 'succeeded')).attempt).toBe(3)
    })

    test('a job that is preempted again and again before it has saved anything is given up in the end', async () => {
      const report = await until(job({ attempts: ['unlucky'] }, { maxAttempts: 1 }), 'failed')
      expect(report).toMatchObject({ attempt: 4, reason: expect.stringContaining('4 attempts in a row') })
    })

    test('a trainer that ends well but leaves no result has failed, after all its attempts', async () => {
      const wanted = job({ attempts: ['lie'] })
      const report = await until(wanted, 'failed')
      expect(report.attempt).toBe(3)
      expect(report.reason).toMatch(/without a result.*, as often as allowed \(3\).*attempt 3 begins/)
      expect(await cluster.ensure(wanted)).toEqual(report)
    })

    test('a retry goes on from what was saved under its own number, and a late result of an older attempt changes nothing', async () => {
      const wanted = job({ attempts: ['fail', 'fail', 'succeed'] })
      expect(await until(wanted, 'failed')).toMatchObject({ attempt: 1, reason: 'the loss is not a number' })
      const early = await cluster.series(wanted.id, seriesStart)
      const usageBefore = { seconds: 1000, gpuSeconds: 3000 }
      const retried = { ...wanted, firstAttempt: 3, usageBefore }
      const about = { state: 'pending', attempt: 3, because: null, usage: usageBefore }
      expect(await cluster.look(retried)).toMatchObject(about)
      const late = { attempt: 1, exit: 1, state: 'failed', reason: 'too late' }
      expect(await cluster.ensure(retried)).toMatchObject({ state: 'pending', attempt: 3 })
      writeFileSync(join(harness.runDirectory(wanted.id), 'attempt-1', 'result.json'), JSON.stringify(late))
      const report = await until(retried, 'succeeded')
      expect(report).toMatchObject({ attempt: 3, because: expect.stringContaining('retried') })
      expect(report.usage.seconds).toBeGreaterThan(1000)
      expect(report.usage.seconds).toBeLessThan(1100)
      expect(starts(wanted.id).map(({ attempt, step }) => [attempt, step])).toEqual([
        [1, 0],
        [3, 5],
      ])
      expect(await cluster.ensure(retried)).toEqual(report)
      expect((await wholeSeries(wanted.id)).slice(0, early.steps.length)).toEqual(early.steps)
    })

    test('a retry has all its attempts again, also after a verdict of ours, and can be cancelled', async () => {
      const wanted = job({ attempts: ['lie', 'lie', 'lie', 'lie', 'deaf'] }, { maxAttempts: 2 })
      expect(await until(wanted, 'failed')).toMatchObject({ attempt: 2 })
      const retried = { ...wanted, firstAttempt: 3 }
      expect(await until(retried, 'failed')).toMatchObject({ attempt: 4 })
      const again = { ...wanted, firstAttempt: 5 }
      await until(again, 'running')
      await cluster.cancel(wanted.id)
      expect(starts(wanted.id).filter(({ pid }) => lives(pid))).toEqual([])
      expect(await cluster.ensure(again)).toMatchObject({ attempt: 5, reason: 'the training was cancelled' })
    })

    test('a retry goes on above attempts that nobody has recorded', async () => {
      const wanted = job({ attempts: ['lie', 'lie', 'succeed'] }, { maxAttempts: 2 })
      expect(await until(wanted, 'failed')).toMatchObject({ attempt: 2 })
      expect(await until({ ...wanted, firstAttempt: 2 }, 'succeeded')).toMatchObject({ attempt: 3 })
    })

    test('a retry ends an older attempt that still runs, and goes on from where that one was', async () => {
      const wanted = job({ steps: 60, stepMs: 20 }, { maxAttempts: 1 })
      await until(wanted, 'running', ({ progress }) => (progress?.step ?? 0) >= 3)
      const retried = { ...wanted, firstAttempt: 2 }
      expect((await until(retried, 'succeeded')).attempt).toBe(2)
      expect(starts(wanted.id).map(({ attempt }) => attempt)).toEqual([1, 2])
      expect(starts(wanted.id)[1]?.step).toBeGreaterThanOrEqual(3)
    })

    test('that an attempt before the retry succeeded counts', async () => {
      const wanted = job()
      const report = await until(wanted, 'succeeded')
      const retried = { ...wanted, firstAttempt: 2, usageBefore: report.usage }
      expect(await cluster.look(retried)).toEqual(report)
      expect(await cluster.ensure(retried)).toEqual(report)
      expect(starts(wanted.id)).toHaveLength(1)
    })

    test('a trainer that says why it failed is not tried again', async () => {
      const wanted = job({ attempts: ['fail', 'succeed'] })
      const report = await until(wanted, 'failed')
      expect(report).toMatchObject({ state: 'failed', attempt: 1, reason: 'the loss is not a number' })
      expect(report.progress).toMatchObject({ step: 5, maxSteps: 5, tokensPerSecond: null, expectedEndAt: null })
      expect(await cluster.ensure(wanted)).toEqual(report)
      expect(starts(wanted.id)).toHaveLength(1)
    })

    test("an earlier attempt's result does not count", async () => {
      const wanted = job({ attempts: ['lie', 'stale', 'succeed'] })
      expect((await until(wanted, 'succeeded')).attempt).toBe(3)
    })

    test('a trainer that hangs is killed and started again', async () => {
      const wanted = job({ attempts: ['hang', 'succeed'] })
      expect((await until(wanted, 'succeeded')).attempt).toBe(2)
      expect(lives(starts(wanted.id)[0]?.pid ?? 0)).toBe(false)
    })

    test('at the time limit a job that has saved goes on, and one that saved nothing is stopped and has failed', async () => {
      const timeLimitMinutes = harness.timeLimitMinutes ?? 0.01
      const saving = job({ steps: 100, stepMs: timeLimitMinutes * 800 }, { timeLimitMinutes, maxAttempts: 1 })
      const deaf = job({ attempts: ['deaf'] }, { timeLimitMinutes })
      const [saved, stopped] = await Promise.all([until(saving, 'succeeded'), until(deaf, 'failed')])
      expect(saved.attempt).toBeGreaterThan(1)
      expect(stopped.reason).toContain('and saved nothing to go on from')
      expect(lives(starts(deaf.id)[0]?.pid ?? 0)).toBe(false)
    })

    test('cancelling an unknown job is fine', async () => {
      await cluster.cancel('no-such-job')
    })

    test.each(['succeed', 'deaf'] as const)('cancelling a running job ends its trainer (%s)', async (ending) => {
      const wanted = job({ steps: 10_000, attempts: [ending] })
      await until(wanted, 'running')
      await cluster.cancel(wanted.id)
      expect(starts(wanted.id).map(({ pid }) => lives(pid))).toEqual([false])
      expect(await cluster.ensure(wanted)).toMatchObject({ state: 'failed', reason: 'the training was cancelled' })
      expect(starts(wanted.id)).toHaveLength(1)
    })

    test('cancelling a job that was just submitted leaves no trainer', async () => {
      const wanted = job({ steps: 10_000 })
      await cluster.ensure(wanted)
      await cluster.cancel(wanted.id)
      await sleep(300)
      expect(starts(wanted.id).filter(({ pid }) => lives(pid))).toEqual([])
      expect((await cluster.ensure(wanted)).state).toBe('failed')
    })

    test('cancelling a job that waits in the queue leaves nothing there', async () => {
      if (!harness.hasQueue) return
      const wanted = job()
      const starved = harness.open('starved')
      let report = await starved.ensure(wanted)
      for (let tries = 0; tries < 20 && report.state === 'pending' && report.reason === 'submitted'; tries += 1) {
        await sleep(500)
        report = await starved.ensure(wanted)
      }
      expect(report).toMatchObject({ state: 'pending', attempt: 1, reason: expect.any(String) })
      await starved.cancel(wanted.id)
      expect(await starved.ensure(wanted)).toMatchObject({ state: 'failed', reason: 'the training was cancelled' })
      await starved.close()
      expect(starts(wanted.id)).toEqual([])
    })

    test('cancelling a finished job changes nothing', async () => {
      const wanted = job()
      const report = await until(wanted, 'succeeded')
      await cluster.cancel(wanted.id)
      expect(await cluster.ensure(wanted)).toEqual(report)
    })

    test('the log can be read from its end', async () => {
      const wanted = job({ attempts: ['lie', 'succeed'] })
      await until(wanted, 'succeeded')
      expect(await cluster.logs(wanted.id, 1)).toBe('attempt 2 begins')
      expect(await cluster.logs('no-such-job', 10)).toBe('')
    })
  })
}
