import { describe, expect, test } from '@jest/globals'
import { ClusterChoice } from '@ratchet/domain/recipe/cluster-choice.ts'
import { PortError } from '@ratchet/ports/port-error.ts'
import { isOverBudget, trainingNote } from './follow-training.ts'
import { startIteration } from './start-iteration.ts'
import { startWorker, untilEnded } from './testing/memory-worker.ts'
import { createMemoryWorld } from './testing/memory-world.ts'
import { sumsRecipe } from './testing/sums-recipe.ts'

const now = new Date('2026-03-01T12:00:00Z')

describe('what a training job says of itself', () => {
  const progress = { phase: 'dpo', step: 3, maxSteps: 9, loss: 0.41234, tokensPerSecond: 5120.4, expectedEndAt: null }

  test.each([
    [{}, 'dpo, loss 0.412, 5120 tokens/s'],
    [{ loss: null, tokensPerSecond: null }, 'dpo'],
    [{ expectedEndAt: new Date('2026-03-01T14:05:59Z') }, 'dpo, loss 0.412, 5120 tokens/s, ends about 14:05 UTC'],
    [
      { loss: null, tokensPerSecond: null, expectedEndAt: new Date('2026-03-02T00:30:00Z') },
      'dpo, ends about 2026-03-02 00:30 UTC',
    ],
  ])('%j is "%s"', (difference, note) => {
    expect(trainingNote({ ...progress, ...difference }, now)).toBe(note)
  })
})

describe('a training job', () => {
  const cluster = { backend: 'local', maxGpuHours: 0.01, gpuHourCost: 2.5 }

  test('is on record with its usage, its cost, its attempts and every step once', async () => {
    const memory = await createMemoryWorld()
    const { world } = memory
    await startIteration(world, { ...sumsRecipe(), cluster }, { idempotencyKey: null })
    await startWorker(world)
    await untilEnded(memory, 'it-1')
    expect(await world.training.find('it-1-r0')).toMatchObject({
      backend: 'local',
      state: 'succeeded',
      attempt: 1,
      reason: null,
      progress: { phase: 'sft', step: 2, maxSteps: 2, tokensPerSecond: null },
      usage: { gpuSeconds: 20 },
      cost: (20 / 3600) * 2.5,
    })
    const steps = await world.training.steps({ roundId: 'it-1-r0', limit: 10 })
    expect(steps.map(({ step }) => step)).toEqual([1, 2])
  })

  test('over its GPU hours is stopped with a checkpoint, and the round says what was used, where the checkpoint is and that a retry goes on from it', async () => {
    const memory = await createMemoryWorld({ gpuSecondsPerLook: 40 })
    const { world } = memory
    await startIteration(world, { ...sumsRecipe(), cluster }, { idempotencyKey: null })
    await startWorker(world)
    await untilEnded(memory, 'it-1')
    const reason =
      'the training has used 0.0111 GPU hours at a cost of 0.0278, more than cluster.maxGpuHours (0.01) allows, and was asked to save and stopped: what it saved is in runs/it-1-r0/work, and a retry of the iteration with a higher maxGpuHours goes on from there'
    expect(await world.rounds.round('it-1-r0')).toMatchObject({ state: 'failed', reason })
    expect(memory.resting).toEqual(new Set(['it-1-r0']))
    expect(await world.training.find('it-1-r0')).toMatchObject({ state: 'failed', reason, attempt: 1 })
  })

  test('over its GPU hours begins no further attempt, though the reply to the pause was lost', async () => {
    const memory = await createMemoryWorld({ gpuSecondsPerLook: 40 })
    const { world } = memory
    await startIteration(world, { ...sumsRecipe(), cluster }, { idempotencyKey: null })
    const real = await world.cluster(ClusterChoice.parse({ backend: 'local' }))
    let replies = 0
    const pause = async (jobId: string): Promise<void> => {
      await real.pause(jobId)
      if (replies++ === 0) throw new PortError('the reply was lost', { retryable: true })
    }
    await startWorker({ ...world, cluster: async () => ({ ...real, pause }) })
    await untilEnded(memory, 'it-1')
    expect(await world.training.find('it-1-r0')).toMatchObject({ state: 'failed', attempt: 1 })
    expect(await world.training.attempts('it-1-r0')).toHaveLength(1)
    expect(replies).toBe(2)
  })

  test('without a budget may use what it likes', async () => {
    const { world } = await createMemoryWorld()
    await startIteration(world, sumsRecipe(), { idempotencyKey: null })
    const round = await world.rounds.round('it-1-r0')
    expect(round && isOverBudget(round.recipe, { seconds: 1e9, gpuSeconds: 1e9 })).toBe(false)
  })
})
