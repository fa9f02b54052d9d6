import { describe, expect, test } from '@jest/globals'
import { stepPace } from './step-pace.ts'
import type { TrainingEvent } from './training-events.ts'

type Told = readonly [second: number, kind: string, more?: Partial<TrainingEvent>]

const told = (...events: readonly Told[]): TrainingEvent[] =>
  events.map(([second, kind, more]) => ({ at: new Date(second * 1000).toISOString(), kind, ...more }))

const phase: Told = [0, 'phase', { phase: 0, maxSteps: 9 }]
const step = (second: number, number: number): Told => [second, 'step', { phase: 0, step: number, maxSteps: 9 }]
const beat = (second: number): Told => [second, 'heartbeat', { step: 2 }]

describe('the pace of a training', () => {
  test.each<[string, TrainingEvent[], object]>([
    ['is unknown of a trainer that loads', told([0, 'start'], beat(50), beat(100)), { stillMs: null, usualMs: null }],
    ['is unknown before the first step', told(phase, beat(50), beat(100)), { stillMs: null, usualMs: null }],
    [
      'is told by heartbeats since the newest step',
      told(phase, step(10, 1), step(30, 2), step(40, 3), beat(90), beat(140)),
      { stillMs: 100_000, usualMs: 10_000 },
    ],
    [
      'takes the way to the first step for a step, where there is no other',
      told(phase, step(2400, 1), beat(2450)),
      { stillMs: 50_000, usualMs: 2_400_000 },
    ],
    [
      'begins anew with a save, which belongs to the step before it',
      told(phase, step(10, 1), step(20, 2), beat(60), [100, 'save', { phase: 0, step: 2 }], beat(101)),
      { stillMs: 1000, usualMs: 10_000 },
    ],
    [
      'is not interrupted by a signal, after which the trainer should save',
      told(phase, step(10, 1), [20, 'signal'], beat(60)),
      { stillMs: 50_000 },
    ],
    [
      'is none after the last step, when the outcome is saved',
      told(phase, step(10, 9), beat(60), [61, 'save', { phase: 0, step: 9 }], beat(120)),
      { stillMs: null },
    ],
    [
      'is none while a checkpoint is pushed',
      told(step(10, 9), [20, 'push', { bytes: 1 }], beat(60)),
      { stillMs: null },
    ],
    [
      'does not count the time in which the machine slept',
      told(phase, step(10, 1), beat(15), beat(7215)),
      { stillMs: 65_000 },
    ],
    ['is unknown where nothing is told', [], { stillMs: null, usualMs: null }],
  ])('%s', (_title, events, wanted) => {
    expect(stepPace(events)).toMatchObject(wanted)
  })
})
