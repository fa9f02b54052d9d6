import type { Iteration, NewEvent, Reopening } from '@ratchet/ports/round-store.ts'
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
      if (stage === 'train') await reopenTraining(transaction, failed.seen.id)
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

async function reopenTraining(transaction: Prisma.TransactionClient, roundId: string): Promise<void> {
  await transaction.$executeRaw`
    UPDATE training_runs SET state = 'pending', attempt = attempt + 1, first_attempt = attempt + 1, seconds_before = seconds,
      gpu_seconds_before = gpu_seconds, reason = ${triedAgain},
      queue_position = NULL, tokens_per_second = NULL, expected_end_at = NULL, updated_at = now()
    WHERE round_id = ${roundId}`
}
