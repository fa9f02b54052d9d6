import {
  IllegalTransition,
  type IterationEvent,
  iterationTransition,
} from '@ratchet/domain/round/iteration-transition.ts'
import type { Iteration } from '@ratchet/ports/round-store.ts'
import type { World } from './world.ts'

export type Steering = 'pause' | 'resume' | 'cancel'

export type SteerOutcome =
  | { readonly kind: 'steered'; readonly iteration: Iteration }
  | { readonly kind: 'not-found' }
  /** As when a finished iteration is paused; `reason` says so. */
  | { readonly kind: 'refused'; readonly reason: string }

/**
 * Pauses, resumes or cancels an iteration. Pausing lets no new rollout begin, and stops a training job with a checkpoint, from which it
 * goes on once resumed. Cancelling also stops for good what runs outside. Workers do what is outside, as soon as one looks. Steering
 * twice the same way is fine.
 */
export async function steerIteration(world: World, iterationId: string, steering: Steering): Promise<SteerOutcome> {
  for (;;) {
    const seen = await world.rounds.iteration(iterationId)
    if (seen === null) return { kind: 'not-found' }
    const event: IterationEvent = { kind: steering }
    let state: Iteration['state']
    try {
      state = iterationTransition(seen.state, event)
    } catch (error) {
      if (error instanceof IllegalTransition) return { kind: 'refused', reason: error.message }
      throw error
    }
    const changed =
      state === seen.state ||
      (await world.rounds.updateIteration(seen, { state }, [
        { iterationId, roundId: null, kind: `iteration.${steering}`, body: { state } },
      ]))
    if (!changed) continue
    const rounds = await world.rounds.rounds(iterationId)
    await world.queue.enqueue(rounds.map((round) => ({ kind: 'advance-round', roundId: round.id })))
    return { kind: 'steered', iteration: { ...seen, state } }
  }
}
