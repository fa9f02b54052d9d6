import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { seriesStart, type TrainingStep } from '../cluster.ts'
import type { RoundStore } from '../round-store.ts'
import { type NewTrainingRun, type TrainingStore, triedAgain } from '../training-store.ts'
import { newIteration } from './new-iteration.ts'

/** The store under test, where its rounds come from, and a problem set that exists there. */
export type TrainingStoreUnderTest = {
  readonly training: TrainingStore
  readonly rounds: RoundStore
  readonly problemSetId: string
  close(): Promise<void>
}

/** A run as it is recorded first, with differences. */
export function trainingRun(roundId: string, difference: Partial<NewTrainingRun> = {}): NewTrainingRun {
  return {
    roundId,
    backend: 'local',
    state: 'pending',
    attempt: 1,
    because: null,
    reason: 'it waits for a node',
    queuePosition: 3,
    progress: null,
    heartbeatAt: null,
    usage: { seconds: 0, gpuSeconds: 0 },
    cost: null,
    ...difference,
  }
}

/** A step of phase 0, with differences. */
export function trainingStep(step: number, difference: Partial<TrainingStep> = {}): TrainingStep {
  return {
    attempt: 1,
    phaseIndex: 0,
    step,
    at: new Date(Date.UTC(2026, 0, 1, 0, 0, step)),
    loss: 1 / (step + 1),
    learningRate: 0.001,
    gradNorm: 1.5,
    tokens: 100 * step,
    rewardsMargin: null,
    rewardsAccuracy: null,
    ...difference,
  }
}

/** What every TrainingStore promises. */
export function describeTrainingStore(name: string, make: () => Promise<TrainingStoreUnderTest>): void {
  describe(`${name} as a TrainingStore`, () => {
    let world: TrainingStoreUnderTest
    let store: TrainingStore
    beforeAll(async () => {
      world = await make()
      store = world.training
    })
    afterAll(() => world.close())

    const begin = async (id: string): Promise<string> => {
      await world.rounds.createIteration(newIteration(id, world.problemSetId))
      return `${id}-r0`
    }
    const unused = { seconds: 0, gpuSeconds: 0 }
    const progress = {
      phase: 'sft',
      step: 7,
      maxSteps: 20,
      loss: 0.25,
      tokensPerSecond: 900.5,
      expectedEndAt: new Date(9000),
    }
    const running = {
      state: 'running',
      reason: null,
      queuePosition: null,
      progress,
      heartbeatAt: new Date(5000),
    } as const
    const stepsOf = async (roundId: string) =>
      (await store.steps({ roundId, limit: 1000 })).map((each) => `${each.phaseIndex}/${each.step}/${each.attempt}`)

    test('gives a run back as it was recorded', async () => {
      const roundId = await begin('t-whole')
      expect(await store.find(roundId)).toBeNull()
      expect(await store.attempts(roundId)).toEqual([])
      expect(await store.record(trainingRun(roundId))).toEqual(seriesStart)
      const { because: _because, ...waiting } = trainingRun(roundId)
      expect(await store.find(roundId)).toEqual({
        ...waiting,
        firstAttempt: 1,
        usageBefore: unused,
        updatedAt: expect.any(Date),
      })
      const usage = { seconds: 12.5, gpuSeconds: 100 }
      await store.record(trainingRun(roundId, { ...running, usage, cost: 0.75 }))
      expect(await store.find(roundId)).toEqual({
        ...waiting,
        ...running,
        usage,
        cost: 0.75,
        firstAttempt: 1,
        usageBefore: unused,
        updatedAt: expect.any(Date),
      })
    })

    test('keeps step and loss when there is no progress, and lets usage only grow', async () => {
      const roundId = await begin('t-kept')
      await store.record(trainingRun(roundId, { ...running, usage: { seconds: 9, gpuSeconds: 18 }, cost: 2 }))
      const less = { usage: { seconds: 8, gpuSeconds: 16 }, cost: 1 }
      await store.record(trainingRun(roundId, { ...less, state: 'succeeded', reason: null, queuePosition: null }))
      expect(await store.find(roundId)).toMatchObject({
        state: 'succeeded',
        progress: { ...progress, tokensPerSecond: null, expectedEndAt: null },
        heartbeatAt: running.heartbeatAt,
        usage: { seconds: 9, gpuSeconds: 18 },
        cost: 2,
      })
    })

    test('tells every attempt once, with why it was opened', async () => {
      const roundId = await begin('t-attempts')
      const second = trainingRun(roundId, { attempt: 2, because: 'the cluster preempted the job' })
      for (const run of [trainingRun(roundId), trainingRun(roundId, running), second, second]) await store.record(run)
      expect(await store.attempts(roundId)).toEqual([
        { attempt: 1, because: null, openedAt: expect.any(Date) },
        { attempt: 2, because: 'the cluster preempted the job', openedAt: expect.any(Date) },
      ])
    })

    test('ignores what is said of an earlier attempt, or of a job that has ended', async () => {
      const roundId = await begin('t-late')
      await store.record(trainingRun(roundId, { attempt: 2 }))
      await store.record(trainingRun(roundId, { ...running, attempt: 1 }))
      expect(await store.find(roundId)).toMatchObject({ attempt: 2, state: 'pending' })
      await store.record(trainingRun(roundId, { attempt: 2, state: 'failed', reason: 'the loss is not a number' }))
      await store.record(trainingRun(roundId, { ...running, attempt: 3 }))
      expect(await store.find(roundId)).toMatchObject({
        attempt: 2,
        state: 'failed',
        reason: 'the loss is not a number',
      })
    })

    test('a paused job may go on, and a failed one be told as cancelled', async () => {
      const roundId = await begin('t-paused')
      await store.record(trainingRun(roundId, { ...running, state: 'paused' }))
      await store.record(trainingRun(roundId, { ...running, attempt: 2 }))
      expect(await store.find(roundId)).toMatchObject({ state: 'running', attempt: 2 })
      await store.record(trainingRun(roundId, { attempt: 2, state: 'failed' }))
      await store.record(trainingRun(roundId, { attempt: 2, state: 'cancelled' }))
      expect(await store.find(roundId)).toMatchObject({ state: 'cancelled' })
    })

    /** What a retry does: the iteration of this round is reopened in its train stage. */
    const retry = async (roundId: string) => {
      const id = roundId.replace(/-r0$/, '')
      const [iteration, round] = [await world.rounds.iteration(id), await world.rounds.round(roundId)]
      if (iteration === null || round === null) throw new Error('they were made')
      const { recipe } = round
      const reopening = { stage: 'train', rounds: [{ seen: round, state: 'train', recipe }] } as const
      expect(await world.rounds.reopen(iteration, reopening)).toBe(true)
    }

    test('a retry goes on with the attempt after the recorded one, keeping usage and series', async () => {
      const roundId = await begin('t-retried')
      const next = { attempt: 1, offset: 9 }
      const usage = { seconds: 9, gpuSeconds: 18 }
      await store.record(trainingRun(roundId, { ...running, usage }))
      await store.append(roundId, seriesStart, { steps: [trainingStep(1)], next })
      const ended = trainingRun(roundId, { attempt: 1, state: 'failed', reason: 'the loss is not a number', usage })
      await store.record(ended)
      for (const attempt of [2, 3]) {
        await retry(roundId)
        expect(await store.find(roundId)).toMatchObject({
          state: 'pending',
          attempt,
          firstAttempt: attempt,
          reason: triedAgain,
          queuePosition: null,
          progress: { ...progress, tokensPerSecond: null, expectedEndAt: null },
          usage,
          usageBefore: usage,
        })
        // Somebody who was at the attempt before says so only now.
        for (const state of ['running', 'failed', 'cancelled'] as const)
          await store.record(trainingRun(roundId, { ...running, state, attempt: attempt - 1 }))
        expect(await store.find(roundId)).toMatchObject({ state: 'pending', attempt, reason: triedAgain })
        expect(await store.attempts(roundId)).toMatchObject([{ attempt: 1 }])
      }
      const because = 'the iteration was retried'
      expect(await store.record(trainingRun(roundId, { ...running, attempt: 3, because }))).toEqual(next)
      expect(await store.find(roundId)).toMatchObject({ state: 'running', attempt: 3, firstAttempt: 3 })
      expect(await store.attempts(roundId)).toMatchObject([{ attempt: 1 }, { attempt: 3, because }])
      expect(await stepsOf(roundId)).toEqual(['0/1/1'])
    })

    test('a retry of a job that nobody has reported goes on above an attempt that may have been opened', async () => {
      const roundId = await begin('t-unseen')
      await retry(roundId)
      expect(await store.find(roundId)).toEqual({
        roundId,
        backend: 'local',
        state: 'pending',
        attempt: 2,
        firstAttempt: 2,
        reason: triedAgain,
        queuePosition: null,
        progress: null,
        heartbeatAt: null,
        usage: unused,
        usageBefore: unused,
        cost: null,
        updatedAt: expect.any(Date),
      })
      expect(await store.attempts(roundId)).toEqual([])
    })

    test('that an attempt before the retry succeeded counts', async () => {
      const roundId = await begin('t-succeeded')
      await store.record(trainingRun(roundId, running))
      await retry(roundId)
      await store.record(trainingRun(roundId, { attempt: 1, state: 'succeeded', reason: null }))
      expect(await store.find(roundId)).toMatchObject({ state: 'succeeded', attempt: 1, firstAttempt: 2 })
    })

    test('a job that we end before its attempt was opened has ended, and there is no such attempt', async () => {
      const roundId = await begin('t-unopened')
      await store.record(trainingRun(roundId))
      await retry(roundId)
      await store.record(trainingRun(roundId, { attempt: 2, state: 'failed', reason: 'it was too dear' }))
      expect(await store.find(roundId)).toMatchObject({ state: 'failed', attempt: 2, reason: 'it was too dear' })
      expect(await store.attempts(roundId)).toHaveLength(1)
    })

    test('stores a series piece by piece, and a piece twice or from another place not at all', async () => {
      const roundId = await begin('t-series')
      const whole = trainingStep(1, { rewardsMargin: -0.5, rewardsAccuracy: 0.25 })
      const bare = trainingStep(2, { loss: null, learningRate: null, gradNorm: null, tokens: null })
      const next = { attempt: 1, offset: 2 ** 33 }
      const elsewhere = { attempt: 1, offset: 7 }
      await expect(store.append(roundId, seriesStart, { steps: [whole], next })).rejects.toThrow('on record')
      await store.record(trainingRun(roundId))
      expect(await store.append(roundId, seriesStart, { steps: [whole, bare], next })).toEqual(next)
      expect(await store.append(roundId, seriesStart, { steps: [trainingStep(3)], next: elsewhere })).toEqual(next)
      expect(await store.record(trainingRun(roundId))).toEqual(next)
      expect(await store.steps({ roundId, limit: 10 })).toEqual([whole, bare])
      await store.append(roundId, next, { steps: [], next: { attempt: 2, offset: 0 } })
      expect(await store.record(trainingRun(roundId))).toEqual({ attempt: 2, offset: 0 })
    })

    test("a later attempt's step replaces an earlier one's, also within one piece, and never the other way round", async () => {
      const roundId = await begin('t-replaced')
      await store.record(trainingRun(roundId))
      const middle = { attempt: 2, offset: 5 }
      const steps = [1, 2, 3].map((step) => trainingStep(step))
      const again = [2, 2, 3].map((step, at) => trainingStep(step, { attempt: 2, loss: at }))
      expect(await store.append(roundId, seriesStart, { steps: [...steps, ...again], next: middle })).toEqual(middle)
      await store.append(roundId, middle, { steps, next: { attempt: 2, offset: 9 } })
      expect(await stepsOf(roundId)).toEqual(['0/1/1', '0/2/2', '0/3/2'])
      expect((await store.steps({ roundId, limit: 10 })).map(({ loss }) => loss)).toEqual([0.5, 1, 2])
    })

    test('many may store the same piece at once', async () => {
      const roundId = await begin('t-race')
      await store.record(trainingRun(roundId))
      const series = { steps: [1, 2].map((step) => trainingStep(step)), next: { attempt: 1, offset: 9 } }
      const ends = await Promise.all([0, 1, 2, 3].map(() => store.append(roundId, seriesStart, series)))
      expect(ends).toEqual([series.next, series.next, series.next, series.next])
      expect(await stepsOf(roundId)).toEqual(['0/1/1', '0/2/1'])
    })

    test('gives steps by phase and step, of one phase, and in pages', async () => {
      const roundId = await begin('t-pages')
      await store.record(trainingRun(roundId))
      const of = (phaseIndex: number) => [3, 1, 2].map((step) => trainingStep(step, { phaseIndex }))
      await store.append(roundId, seriesStart, { steps: [...of(1), ...of(0)], next: { attempt: 1, offset: 9 } })
      expect(await stepsOf(roundId)).toEqual(['0/1/1', '0/2/1', '0/3/1', '1/1/1', '1/2/1', '1/3/1'])
      const page = async (query: object) =>
        (await store.steps({ roundId, limit: 2, ...query })).map((each) => `${each.phaseIndex}/${each.step}`)
      expect(await page({ after: { phaseIndex: 0, step: 2 } })).toEqual(['0/3', '1/1'])
      expect(await page({ phaseIndex: 1 })).toEqual(['1/1', '1/2'])
      expect(await page({ phaseIndex: 1, after: { phaseIndex: 1, step: 2 } })).toEqual(['1/3'])
      expect(await page({ after: { phaseIndex: 1, step: 3 } })).toEqual([])
    })
  })
}
