import { expect, test } from '@jest/globals'
import type { TrainingSummary } from '@ratchet/api/schemas/training.ts'
import { trainingLine } from './training-line.ts'

const pending: TrainingSummary = {
  backend: 'slurm',
  state: 'pending',
  attempt: 1,
  reason: 'Resources',
  queuePosition: 3,
  phase: null,
  step: null,
  maxSteps: null,
  loss: null,
  tokensPerSecond: null,
  expectedEndAt: null,
  heartbeatAt: null,
  seconds: 0,
  gpuSeconds: 0,
  gpuSecondsBudget: null,
  cost: null,
  costBudget: null,
  updatedAt: '2026-03-01T12:00:00.000Z',
}
const running: TrainingSummary = {
  ...pending,
  state: 'running',
  attempt: 2,
  reason: null,
  queuePosition: null,
  phase: 'sft',
  step: 120,
  maxSteps: 150,
  loss: 0.41234,
  tokensPerSecond: 5120,
  expectedEndAt: '2026-03-01T14:05:59.000Z',
  seconds: 675,
  gpuSeconds: 5400,
}

test.each<[string, TrainingSummary, string]>([
  ['that waits says for what', pending, 'pending · Resources · 3 before it in the queue'],
  [
    'that runs says how far and how fast',
    running,
    'running · sft 120/150 steps · loss 0.412 · 5.12k tokens/s · ends about 2026-03-01 14:05 UTC · attempt 2 · 1.50 GPU hours',
  ],
  [
    'with a budget says how much of it is used',
    {
      ...running,
      loss: null,
      tokensPerSecond: null,
      expectedEndAt: null,
      gpuSecondsBudget: 28_800,
      cost: 3,
      costBudget: 16,
    },
    'running · sft 120/150 steps · attempt 2 · 1.50 of 8.00 GPU hours · cost 3.00 of 16.00',
  ],
  [
    'on a CPU says its time',
    { ...pending, state: 'succeeded', reason: null, queuePosition: null, seconds: 90 },
    'succeeded · 1.5 min',
  ],
])('a training job %s', (_title, training, line) => {
  expect(trainingLine(training)).toBe(line)
})
