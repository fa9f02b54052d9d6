import { assertNever } from '../assert-never.ts'
import { IllegalTransition } from './illegal-transition.ts'
import type { RoundState } from './round-state.ts'
import { type StageName, stageAfter, stageNames } from './stage-name.ts'

export type RoundTransitionEvent =
  /** The earlier round has finished. */
  | { readonly kind: 'begin' }
  /** The stage that runs has finished. Not of evaluate: that ends with a decision. */
  | { readonly kind: 'stage-finished'; readonly stage: StageName }
  /** The promotion gate has decided about the candidate. */
  | { readonly kind: 'decided'; readonly accepted: boolean }
  | { readonly kind: 'stage-failed' }
  | { readonly kind: 'cancelled' }
  /** Somebody retries the iteration: the round goes on in the stage in which it failed. */
  | { readonly kind: 'retried'; readonly stage: StageName }
  /** Somebody retries the iteration, and the round was cancelled because an earlier one failed. */
  | { readonly kind: 'awaited' }

export type FinishedRoundState = Exclude<RoundState, 'waiting' | StageName>

/**
 * The state of a round after an event.
 *
 * ```
 *            begin          stage-finished (each its own)                      decided
 *   waiting ───────▶ explore ─▶ score ─▶ curate ─▶ train ─▶ deploy ─▶ evaluate ─┬─▶ accepted
 *      │                └────────┴─────────┴────────┴────────┴──────────┤        └─▶ rejected
 *      │                                                                 ├─ stage-failed ─▶ failed
 *      └─────────────────────────────────────────────────────────────────┴─ cancelled ───▶ cancelled
 * ```
 *
 * A retry of the iteration takes back what a failure did, and is all that changes a finished round:
 *
 * ```
 *   failed ── retried ─▶ the stage in which it failed      cancelled ── awaited ─▶ waiting
 * ```
 *
 * Throws IllegalTransition for everything not drawn here.
 */
export function transition(state: RoundState, event: RoundTransitionEvent): RoundState {
  switch (event.kind) {
    case 'retried':
      if (state !== 'failed') throw refused(state, event)
      return event.stage
    case 'awaited':
      if (state !== 'cancelled') throw refused(state, event)
      return 'waiting'
    default:
      if (isFinished(state)) throw refused(state, event)
      return forward(state, event)
  }
}

function forward(
  state: Exclude<RoundState, FinishedRoundState>,
  event: Exclude<RoundTransitionEvent, { readonly kind: 'retried' | 'awaited' }>,
): RoundState {
  switch (event.kind) {
    case 'begin':
      if (state !== 'waiting') throw refused(state, event)
      return stageNames[0]
    case 'stage-finished': {
      const next = state === event.stage ? stageAfter(event.stage) : null
      if (next === null) throw refused(state, event)
      return next
    }
    case 'decided':
      if (state !== 'evaluate') throw refused(state, event)
      return event.accepted ? 'accepted' : 'rejected'
    case 'stage-failed':
      if (state === 'waiting') throw refused(state, event)
      return 'failed'
    case 'cancelled':
      return 'cancelled'
    default:
      return assertNever(event)
  }
}

/** Whether nothing more happens to the round, unless somebody retries a failed iteration. */
export function isFinished(state: RoundState): state is FinishedRoundState {
  return state === 'accepted' || state === 'rejected' || state === 'failed' || state === 'cancelled'
}

function refused(state: RoundState, event: RoundTransitionEvent): IllegalTransition {
  const what = event.kind === 'stage-finished' ? `the end of ${event.stage}` : `the event "${event.kind}"`
  return new IllegalTransition(`a round in state "${state}" cannot take ${what}`)
}
