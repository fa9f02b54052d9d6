import { assertNever } from '../assert-never.ts'
import { IllegalTransition } from './illegal-transition.ts'
import type { IterationState } from './iteration-state.ts'

export { IllegalTransition } from './illegal-transition.ts'

export type IterationEvent = {
  readonly kind: 'pause' | 'resume' | 'cancel' | 'retry' | 'cancelled' | 'round-failed' | 'all-rounds-finished'
}

/**
 * The state of an iteration after an event.
 *
 * ```
 *              pause
 *   ┌─────────┐ ────▶ ┌────────┐
 *   │ running │       │ paused │
 *   └─────────┘ ◀──── └────────┘
 *     │  │  │  resume     │
 *     │  │  └─ cancel ────┴─▶ cancelling ── cancelled ─▶ cancelled
 *     │  ├──── round-failed ────────────────────────────▶ failed
 *     │  ◀──── retry ──────────────────────────────────── failed
 *     └─────── all-rounds-finished ─────────────────────▶ succeeded
 * ```
 *
 * Pausing, resuming or cancelling what already is so changes nothing. Throws IllegalTransition for everything else.
 */
export function iterationTransition(state: IterationState, event: IterationEvent): IterationState {
  switch (event.kind) {
    case 'pause':
      return from(['running', 'paused'], 'paused', state, event)
    case 'resume':
      return from(['running', 'paused'], 'running', state, event)
    case 'cancel':
      if (state === 'cancelled') return state
      return from(['running', 'paused', 'cancelling'], 'cancelling', state, event)
    case 'retry':
      return from(['failed'], 'running', state, event)
    case 'cancelled':
      return from(['cancelling'], 'cancelled', state, event)
    case 'round-failed':
      return from(['running'], 'failed', state, event)
    case 'all-rounds-finished':
      return from(['running'], 'succeeded', state, event)
    default:
      return assertNever(event.kind)
  }
}

function from(
  allowed: readonly IterationState[],
  next: IterationState,
  state: IterationState,
  event: IterationEvent,
): IterationState {
  if (allowed.includes(state)) return next
  throw new IllegalTransition(`an iteration in state "${state}" cannot take the event "${event.kind}"`)
}
