import { DecisionChange, ReverificationFilter } from '@ratchet/domain/reverification.ts'
import type { Reverification } from '@ratchet/ports/reverification-store.ts'
import { z } from 'zod'

const count = z.number().int()

export const ReverificationFilterView = ReverificationFilter.meta({ id: 'ReverificationFilter' })

/** Stored attempts of a round being verified again. `running` while a worker is at it; `pending` waits for one. */
export const ReverificationView = z
  .strictObject({
    id: z.string(),
    roundId: z.string(),
    /** With the problem set's id. */
    filter: ReverificationFilterView,
    state: z.enum(['pending', 'running', 'done', 'failed']),
    /** Attempts that the filter found when it was asked for. */
    total: count,
    checked: count,
    /** Verdicts that were stored, because they are not the same as the one before. */
    appended: count,
    /** How many decisions changed, from which to which. */
    changes: z.array(DecisionChange.meta({ id: 'DecisionChange' })),
    /** Why it failed, or why it is being tried again. */
    reason: z.string().nullable(),
    createdAt: z.iso.datetime(),
    startedAt: z.iso.datetime().nullable(),
    finishedAt: z.iso.datetime().nullable(),
  })
  .meta({ id: 'Reverification' })
export type ReverificationView = z.infer<typeof ReverificationView>

export function reverificationView(reverification: Reverification): ReverificationView {
  const { id, roundId, filter, status, total, checked, appended, changes, reason } = reverification
  return {
    id,
    roundId,
    filter,
    state: status === 'claimed' ? 'running' : status,
    total,
    checked,
    appended,
    changes: [...changes],
    reason,
    createdAt: reverification.createdAt.toISOString(),
    startedAt: reverification.startedAt?.toISOString() ?? null,
    finishedAt: reverification.finishedAt?.toISOString() ?? null,
  }
}
