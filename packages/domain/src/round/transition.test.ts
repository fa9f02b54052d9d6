import { describe, expect, test } from '@jest/globals'
import { IllegalTransition } from './illegal-transition.ts'
import { RoundState } from './round-state.ts'
import { firstUnfinished, stageNames } from './stage-name.ts'
import { isFinished, type RoundTransitionEvent, transition } from './transition.ts'

test.each<[string, RoundState, RoundTransitionEvent, RoundState]>([
  ['a waiting round begins with explore', 'waiting', { kind: 'begin' }, 'explore'],
  ['after explore comes score', 'explore', { kind: 'stage-finished', stage: 'explore' }, 'score'],
  ['after score comes curate', 'score', { kind: 'stage-finished', stage: 'score' }, 'curate'],
  ['after curate comes train', 'curate', { kind: 'stage-finished', stage: 'curate' }, 'train'],
  ['after train comes deploy', 'train', { kind: 'stage-finished', stage: 'train' }, 'deploy'],
  ['after deploy comes evaluate', 'deploy', { kind: 'stage-finished', stage: 'deploy' }, 'evaluate'],
  [
    'an evaluated candidate that is good enough is accepted',
    'evaluate',
    { kind: 'decided', accepted: true },
    'accepted',
  ],
  ['an evaluated candidate that is worse is rejected', 'evaluate', { kind: 'decided', accepted: false }, 'rejected'],
  ['a stage that fails ends the round', 'train', { kind: 'stage-failed' }, 'failed'],
  ['a round can be cancelled while it waits', 'waiting', { kind: 'cancelled' }, 'cancelled'],
  ['a round can be cancelled in any stage', 'deploy', { kind: 'cancelled' }, 'cancelled'],
  ['a failed round that is retried goes on in its stage', 'failed', { kind: 'retried', stage: 'train' }, 'train'],
  ['a round cancelled because of it waits again', 'cancelled', { kind: 'awaited' }, 'waiting'],
])('%s', (_title, state, event, next) => expect(transition(state, event)).toBe(next))

test.each<[string, RoundState, RoundTransitionEvent]>([
  ['a round begins only once', 'explore', { kind: 'begin' }],
  ['a stage that does not run cannot finish', 'explore', { kind: 'stage-finished', stage: 'train' }],
  ['a round that waits has no stage to finish', 'waiting', { kind: 'stage-finished', stage: 'explore' }],
  ['a round that waits has no stage to fail', 'waiting', { kind: 'stage-failed' }],
  [
    'evaluate ends with a decision, not like the other stages',
    'evaluate',
    { kind: 'stage-finished', stage: 'evaluate' },
  ],
  ['a round that did not fail is not retried', 'train', { kind: 'retried', stage: 'train' }],
  ['a cancelled round is not retried', 'cancelled', { kind: 'retried', stage: 'train' }],
  ['a failed round does not wait again', 'failed', { kind: 'awaited' }],
  ['a round that was decided never waits again', 'accepted', { kind: 'awaited' }],
  ['nothing is decided before evaluate', 'deploy', { kind: 'decided', accepted: true }],
])('%s', (_title, state, event) => expect(() => transition(state, event)).toThrow(IllegalTransition))

describe('a finished round', () => {
  const events: RoundTransitionEvent[] = [
    { kind: 'begin' },
    ...stageNames.map((stage) => ({ kind: 'stage-finished', stage }) as const),
    { kind: 'decided', accepted: true },
    { kind: 'stage-failed' },
    { kind: 'cancelled' },
  ]
  test.each(RoundState.options.filter(isFinished))('never changes by itself: %s', (state) => {
    for (const event of events)
      expect(() => transition(state, event)).toThrow(`a round in state "${state}" cannot take`)
  })

  test('is accepted, rejected, failed or cancelled, and nothing else', () => {
    expect(RoundState.options.filter(isFinished)).toEqual(['accepted', 'rejected', 'failed', 'cancelled'])
  })
})

describe('the stage that a round failed in', () => {
  test.each(stageNames.map((stage, at) => [stage, stageNames.slice(0, at)] as const))('%s', (stage, finished) => {
    expect(firstUnfinished(Object.fromEntries(finished.map((each) => [each, null])))).toBe(stage)
  })

  test('is none when every stage has its result', () => {
    expect(firstUnfinished(Object.fromEntries(stageNames.map((each) => [each, {}])))).toBeNull()
  })
})
