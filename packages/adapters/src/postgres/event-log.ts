import type { EventLog, NewEvent } from '@ratchet/ports/round-store.ts'
import { z } from 'zod'
import type { Prisma, PrismaClient } from './generated/client.ts'
import { storableInput } from './storable.ts'

/** Events in PostgreSQL. The table itself numbers them under a lock on the iteration, so that a reader misses none. */
export function createEventLog(prisma: PrismaClient): EventLog {
  return {
    async append(events) {
      await appendEvents(prisma, events)
    },
    async read(iterationId, afterSeq, limit) {
      const rows = await prisma.roundEvent.findMany({
        where: { iterationId, seq: { gt: afterSeq } },
        orderBy: { seq: 'asc' },
        take: limit,
      })
      return rows.map((row) => ({ ...row, seq: Number(row.seq), body: EventBody.parse(row.body) }))
    },
  }
}

const EventBody = z.record(z.string(), z.unknown())

/** Appends within whatever transaction `client` is in. */
export async function appendEvents(client: Prisma.TransactionClient, events: readonly NewEvent[]): Promise<void> {
  if (events.length === 0) return
  // Iterations are locked in the order of their ids, so that two appends never wait for each other.
  const ordered = [...events].sort((a, b) =>
    a.iterationId < b.iterationId ? -1 : a.iterationId > b.iterationId ? 1 : 0,
  )
  await client.roundEvent.createMany({ data: ordered.map((event) => ({ ...event, body: storableInput(event.body) })) })
}
