import { advanceRound } from './advance-round.ts'
import { plainReason } from './plain-reason.ts'
import type { World } from './world.ts'

/** Looks at every round that could move, every iteration of which something is to be released, and every re-verification that nobody is at. Repairs whatever a dead process or a forgetful queue left undone. */
export async function reconcile(world: World): Promise<void> {
  for (const roundId of [...(await world.rounds.activeRounds()), ...(await roundsToRelease(world))])
    try {
      await advanceRound(world, roundId)
    } catch (error) {
      world.logger.error({ roundId, reason: plainReason(error) }, 'a round could not be advanced')
    }
  const due = await world.reverifications.due()
  if (due.length > 0)
    await world.queue.enqueue(due.map(({ id, roundId }) => ({ kind: 'reverify', roundId, reverificationId: id })))
}

/** The last round of each iteration of which a deployment is to be released. */
async function roundsToRelease(world: World): Promise<string[]> {
  const iterations = await world.deployments.releasing()
  const last = await Promise.all(iterations.map(async (id) => (await world.rounds.rounds(id)).at(-1)))
  return last.flatMap((round) => (round === undefined ? [] : [round.id]))
}
