import type { RetryChanges } from '@ratchet/domain/recipe/check-retry.ts'
import { checkRetry } from '@ratchet/domain/recipe/check-retry.ts'
import type { RecipeProblem } from '@ratchet/domain/recipe/recipe-problem.ts'
import { iterationTransition } from '@ratchet/domain/round/iteration-transition.ts'
import { firstUnfinished, type StageName } from '@ratchet/domain/round/stage-name.ts'
import { transition } from '@ratchet/domain/round/transition.ts'
import type { Iteration, ReopenedRound, Reopening, Round } from '@ratchet/ports/round-store.ts'
import type { World } from './world.ts'

export type RetryOutcome =
  | { readonly kind: 'retried'; readonly iteration: Iteration }
  | { readonly kind: 'not-found' }
  /** As when it has not failed; `reason` says so. */
  | { readonly kind: 'refused'; readonly reason: string }
  | { readonly kind: 'invalid'; readonly problems: readonly RecipeProblem[] }

/**
 * Goes on with a failed iteration in the stage in which its round failed. Everything that was done stays: finished stages, shards that are
 * done, what is stored of the others, and the training's saved state. `input` may change how the failed round and those behind it run.
 * Of several who retry at once one does, and the others are told that it runs.
 */
export async function retryIteration(world: World, iterationId: string, input: unknown = {}): Promise<RetryOutcome> {
  for (;;) {
    const seen = await world.rounds.iteration(iterationId)
    if (seen === null) return { kind: 'not-found' }
    const reason = refusalOf(seen)
    if (reason !== null) return { kind: 'refused', reason }
    const rounds = await world.rounds.rounds(iterationId)
    const failed = rounds.find(({ state }) => state === 'failed')
    const stage = failed === undefined ? null : firstUnfinished(failed.results)
    if (failed === undefined || stage === null)
      return {
        kind: 'refused',
        reason: 'no round of the iteration has failed in a stage, so there is nothing to go on with',
      }
    const busy = await reverificationOf(world, failed)
    if (busy !== null) return { kind: 'refused', reason: busy }
    const checked = checkRetry(seen.recipe, failed.recipe, input)
    if (!checked.ok) return { kind: 'invalid', problems: checked.problems }
    const { changes } = checked
    const body = { state: iterationTransition(seen.state, { kind: 'retry' }), round: failed.index, stage, changes }
    const events = [{ iterationId, roundId: failed.id, kind: 'iteration.retried', body }]
    if (!(await world.rounds.reopen(seen, reopeningOf(failed, stage, rounds, changes), events))) continue
    await world.queue.enqueue([{ kind: 'advance-round', roundId: failed.id }])
    return { kind: 'retried', iteration: (await world.rounds.iteration(iterationId)) ?? seen }
  }
}

/** Why it cannot be retried now; null when it can. */
function refusalOf({ state }: Iteration): string | null {
  switch (state) {
    case 'failed':
      return null
    case 'running':
      return 'the iteration runs: there is nothing to retry'
    case 'paused':
      return 'the iteration has not failed, it is paused: resume it'
    case 'cancelling':
    case 'cancelled':
      return 'the iteration was cancelled, which is for good: start a new iteration'
    case 'succeeded':
      return 'the iteration has succeeded: there is nothing to retry'
  }
}

/** The failed round as it goes on, and those that were cancelled because of it as they wait again. */
function reopeningOf(failed: Round, stage: StageName, rounds: readonly Round[], changes: RetryChanges): Reopening {
  const { cluster, serving, patience } = changes
  const reopened = (seen: Round, state: Round['state']): ReopenedRound => {
    const { recipe } = seen
    return {
      seen,
      state,
      recipe: {
        ...recipe,
        cluster: cluster ?? recipe.cluster,
        serving: serving ?? recipe.serving,
        patience: patience ?? recipe.patience,
      },
    }
  }
  const later = rounds.slice(failed.index + 1)
  return {
    stage,
    rounds: [
      reopened(failed, transition(failed.state, { kind: 'retried', stage })),
      ...later.map((round) =>
        reopened(round, round.state === 'waiting' ? round.state : transition(round.state, { kind: 'awaited' })),
      ),
    ],
  }
}

/** A round that goes on goes by its verdicts, so they must not change meanwhile. */
async function reverificationOf(world: World, { id, index }: Round): Promise<string | null> {
  const open = (await world.reverifications.list(id)).find(({ status }) => status === 'pending' || status === 'claimed')
  return open === undefined
    ? null
    : `re-verification ${open.id} of its failed round ${index} is not done: wait until it is`
}
