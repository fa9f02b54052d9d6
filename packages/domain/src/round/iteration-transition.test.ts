import { expect, test } from '@jest/globals'
import type { IterationState } from './iteration-state.ts'
import { IllegalTransition, type IterationEvent, iterationTransition } from './iteration-transition.ts'

test.each<[string, IterationState, IterationEvent['kind'], IterationState]>([
  ['a running iteration can be paused', 'running', 'pause', 'paused'],
  ['pausing twice changes nothing', 'paused', 'pause', 'paused'],
  ['a paused iteration can be resumed', 'paused', 'resume', 'running'],
  ['resuming what runs changes nothing', 'running', 'resume', 'running'],
  ['a running iteration can be cancelled', 'running', 'cancel', 'cancelling'],
  ['a paused iteration can be cancelled', 'paused', 'cancel', 'cancelling'],
  ['cancelling twice changes nothing', 'cancelling', 'cancel', 'cancelling'],
  ['cancelling what is cancelled changes nothing', 'cancelled', 'cancel', 'cancelled'],
  ['it is cancelled once its rounds are', 'cancelling', 'cancelled', 'cancelled'],
  ['a round that fails ends it', 'running', 'round-failed', 'failed'],
  ['a failed one that is retried runs again', 'failed', 'retry', 'running'],
  ['it succeeds when all rounds are finished', 'running', 'all-rounds-finished', 'succeeded'],
])('%s', (_title, state, kind, next) => expect(iterationTransition(state, { kind })).toBe(next))

test.each<[string, IterationState, IterationEvent['kind']]>([
  ['a finished iteration cannot be paused', 'succeeded', 'pause'],
  ['a finished iteration cannot be resumed', 'failed', 'resume'],
  ['a finished iteration cannot be cancelled', 'succeeded', 'cancel'],
  ['what is being cancelled cannot be resumed', 'cancelling', 'resume'],
  ['what is being cancelled does not fail any more', 'cancelling', 'round-failed'],
  ['what runs cannot be retried', 'running', 'retry'],
  ['what is cancelled is so for good', 'cancelled', 'retry'],
  ['what has succeeded cannot be retried', 'succeeded', 'retry'],
  ['what nobody cancelled does not become cancelled', 'running', 'cancelled'],
  ['a paused iteration does not finish', 'paused', 'all-rounds-finished'],
])('%s', (_title, state, kind) =>
  expect(() => iterationTransition(state, { kind })).toThrow(
    new IllegalTransition(`an iteration in state "${state}" cannot take the event "${kind}"`),
  ),
)
