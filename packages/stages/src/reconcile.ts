import { isFinished } from '@ratchet/domain/round/transition.ts'
import type { Round } from '@ratchet/ports/round-store.ts'
import { advanceRound } from './advance-round.ts'
import { plainReason } from './plain-reason.ts'
import type { World } from './world.ts'

/** Looks at every round that could move. Repairs whatever a dead process or a forgetful queue left undone. */
export async function reconcile(world: World): Promise<void> {
  for (const state of ['running', 'cancelling'] as const)
    for (const iteration of await world.rounds.iterations({ state, limit: 10_000 }))
      for (const round of frontier(await world.rounds.rounds(iteration.id)))
        try {
          await advanceRound(world, round.id)
        } catch (error) {
          world.logger.error({ roundId: round.id, reason: plainReason(error) }, 'a round could not be advanced')
        }
}

/** The last finished round, which hands on to the next, and every round that has begun; the first round when none has. */
function frontier(rounds: readonly Round[]): readonly Round[] {
  const begun = rounds.filter((round) => round.state !== 'waiting')
  const lastFinished = begun.filter((round) => isFinished(round.state)).slice(-1)
  const open = begun.filter((round) => !isFinished(round.state))
  return begun.length === 0 ? rounds.slice(0, 1) : [...lastFinished, ...open]
}
