import type { Iteration, NewEvent, ReopenedRound, Reopening } from '@ratchet/ports/round-store.ts'
import { triedAgain } from '@ratchet/ports/training-store.ts'
import { appendEvents } from './event-log.ts'
import type { Prisma, PrismaClient } from './generated/client.ts'
import { storableInput } from './storable.ts'

/** Something was changed since it was seen, so that the transaction must leave nothing behind. */
class ChangedSince extends Error {}

/** Takes back what a failure did to an iteration, as `RoundStore.reopen` promises. */
export async function reopenIteration(
  prisma: PrismaClient,
  seen: Iteration,
  { rounds, stage }: Reopening,
  events: readonly NewEvent[],
): Promise<boolean> {
  const open = { reason: null, finishedAt: null, revision: { increment: 1 } }
  try {
    await prisma.$transaction(async (transaction) => {
      const iterations = await transaction.iteration.updateMany({
        where: { id: seen.id, revision: seen.revision },
        data: { ...open, state: 'running' },
      })
      if (iterations.count !== 1) throw new ChangedSince()
      for (const { seen: round, state, recipe } of rounds) {
        const { count } = await transaction.round.updateMany({
          where: { id: round.id, revision: round.revision },
          data: { ...open, state, recipe: storableInput(recipe) },
        })
        if (count !== 1) throw new ChangedSince()
      }
      const [failed] = rounds
      await reopenShards(transaction, failed.seen.id, stage)
      if (stage === 'train') await reopenTraining(transaction, failed)
      await appendEvents(transaction, events)
    })
    return true
  } catch (error) {
    if (error instanceof ChangedSince) return false
    throw error
  }
}

/** A claim that somebody holds stays his; its number fences it off once the lease has run out. */
async function reopenShards(transaction: Prisma.TransactionClient, roundId: string, stage: string): Promise<void> {
  await transaction.$executeRaw`
    UPDATE shards SET status = CASE WHEN status = 'claimed' THEN status ELSE 'pending' END,
      failures = 0, reason = NULL, look_again_at = NULL, waiting_since = NULL, finished_at = NULL
    WHERE round_id = ${roundId} AND stage = ${stage} AND status <> 'done'`
}

/** Where nobody has reported the job, its first attempt may have been opened all the same. */
async function reopenTraining(transaction: Prisma.TransactionClient, { seen, recipe }: ReopenedRound): Promise<void> {
  await transaction.$executeRaw`
    INSERT INTO training_runs AS known (round_id, backend, state, attempt, first_attempt, reason, seconds, gpu_seconds)
    VALUES (${seen.id}, ${recipe.cluster.backend}, 'pending', 2, 2, ${triedAgain}, 0, 0)
    ON CONFLICT (round_id) DO UPDATE SET state = 'pending', attempt = known.attempt + 1, first_attempt = known.attempt + 1,
      seconds_before = known.seconds, gpu_seconds_before = known.gpu_seconds, reason = EXCLUDED.reason,
      queue_position = NULL, tokens_per_second = NULL, expected_end_at = NULL, updated_at = now()`
}
