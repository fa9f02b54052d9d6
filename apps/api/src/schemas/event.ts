import type { RoundEvent } from '@ratchet/ports/round-store.ts'
import { z } from 'zod'

/** Something that happened in an iteration. `seq` grows; read on after the last one seen. */
export const EventView = z
  .strictObject({
    seq: z.number().int(),
    at: z.iso.datetime(),
    iterationId: z.string(),
    roundId: z.string().nullable(),
    kind: z.string(),
    body: z.record(z.string(), z.unknown()),
  })
  .meta({ id: 'Event' })
export type EventView = z.infer<typeof EventView>

/** A page of events. `over`: the iteration has finished and there are no more. */
export const EventPage = z.strictObject({ items: z.array(EventView), lastSeq: z.number().int(), over: z.boolean() })
export type EventPage = z.infer<typeof EventPage>

export function eventView({ seq, at, iterationId, roundId, kind, body }: RoundEvent): EventView {
  return { seq, at: at.toISOString(), iterationId, roundId, kind, body: { ...body } }
}
