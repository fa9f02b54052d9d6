import { sumChanges } from '@ratchet/domain/reverification.ts'
import type {
  ClaimedReverification,
  Reverification,
  ReverificationClaim,
  ReverificationOutcome,
  ReverificationStore,
} from '../reverification-store.ts'
import { ClaimLost, type EventLog } from '../round-store.ts'
import type { TrajectoryPosition } from '../trajectory-store.ts'
import type { MemoryTrajectoryStore } from './memory-trajectory-store.ts'

type Held = {
  readonly reverification: Reverification
  readonly after: TrajectoryPosition | null
  readonly claim: number
  readonly owner: string | null
  readonly leaseUntil: Date | null
  readonly lookAgainAt: Date | null
  readonly failures: number
}

/** Re-verifications in memory, whose verdicts and events go to the stores given, with the promises of the real store but durability. */
export function createMemoryReverificationStore(
  { trajectories, events: log }: { readonly trajectories: MemoryTrajectoryStore; readonly events: EventLog },
  now: () => Date,
): ReverificationStore {
  const held = new Map<string, Held>()
  const keys = new Map<string, string>()
  const inSeconds = (seconds: number) => new Date(now().getTime() + seconds * 1000)
  const isPast = (at: Date | null) => at === null || at.getTime() <= now().getTime()
  const isFree = ({ reverification: { status }, leaseUntil, lookAgainAt }: Held) =>
    (status === 'pending' && isPast(lookAgainAt)) || (status === 'claimed' && isPast(leaseUntil))

  const change = (claim: ReverificationClaim, next: (one: Held) => Held, whenEnded: 'ignore' | 'lost'): boolean => {
    const { reverificationId: id } = claim
    const one = held.get(id)
    if (one?.claim !== claim.claim) throw new ClaimLost(claim)
    if (one.reverification.status !== 'claimed') {
      if (whenEnded === 'lost') throw new ClaimLost(claim)
      return false
    }
    held.set(id, next(one))
    return true
  }

  const settled = (one: Held, outcome: ReverificationOutcome): Held => {
    const free = { ...one, owner: null, leaseUntil: null }
    const { reverification } = one
    switch (outcome.kind) {
      case 'done':
        return { ...free, reverification: { ...reverification, status: 'done', reason: null, finishedAt: now() } }
      case 'retry': {
        const lookAgainAt = inSeconds(outcome.retryInSeconds)
        const pending = { ...reverification, status: 'pending', reason: outcome.reason } as const
        return { ...free, failures: one.failures + 1, lookAgainAt, reverification: pending }
      }
      case 'failed': {
        const failed = { ...reverification, status: 'failed', reason: outcome.reason, finishedAt: now() } as const
        return { ...free, reverification: failed }
      }
      case 'released':
        return { ...free, reverification: { ...reverification, status: 'pending' } }
    }
  }

  return {
    async create({ idempotencyKey, ...given }) {
      const earlier = idempotencyKey === null ? undefined : held.get(keys.get(idempotencyKey) ?? '')
      if (earlier !== undefined) return { reverification: earlier.reverification, created: false }
      const reverification: Reverification = {
        ...given,
        status: 'pending',
        checked: 0,
        appended: 0,
        changes: [],
        reason: null,
        createdAt: now(),
        startedAt: null,
        finishedAt: null,
      }
      const free = { after: null, claim: 0, owner: null, leaseUntil: null, lookAgainAt: null, failures: 0 }
      held.set(given.id, { reverification, ...free })
      if (idempotencyKey !== null) keys.set(idempotencyKey, given.id)
      return { reverification, created: true }
    },

    find: async (id) => held.get(id)?.reverification ?? null,

    list: async (roundId) =>
      [...held.values()]
        .map((one) => one.reverification)
        .filter((each) => each.roundId === roundId)
        .reverse(),

    due: async () => [...held.values()].filter(isFree).map((one) => one.reverification),

    async claim(id, owner, leaseSeconds): Promise<ClaimedReverification | null> {
      const one = held.get(id)
      if (one === undefined || !isFree(one)) return null
      const expired = one.reverification.status === 'claimed'
      const reverification: Reverification = {
        ...one.reverification,
        status: 'claimed',
        reason: expired ? `the lease of ${one.owner} ran out` : one.reverification.reason,
        startedAt: one.reverification.startedAt ?? now(),
      }
      const failures = one.failures + (expired ? 1 : 0)
      const claim = one.claim + 1
      const leaseUntil = inSeconds(leaseSeconds)
      held.set(id, { ...one, reverification, claim, owner, leaseUntil, lookAgainAt: null, failures })
      return { claim: { reverificationId: id, claim }, reverification, after: one.after, failures }
    },

    async heartbeat(claim, leaseSeconds) {
      change(claim, (one) => ({ ...one, leaseUntil: inSeconds(leaseSeconds) }), 'lost')
    },

    async storePage(claim, { after, verdicts }) {
      change(
        claim,
        (one) => {
          const { checked, appended, changes } = one.reverification
          const added = verdicts.flatMap(({ trajectoryId, verdict }) => {
            const from = trajectories.appendVerdict(trajectoryId, verdict)
            return from === null ? [] : [{ from, to: verdict.decision, trajectories: 1 }]
          })
          const counts = {
            checked: checked + verdicts.length,
            appended: appended + added.length,
            changes: sumChanges([...changes, ...added]),
            reason: null,
          }
          return { ...one, after, failures: 0, reverification: { ...one.reverification, ...counts } }
        },
        'lost',
      )
    },

    async settle(claim, outcome, events = []) {
      if (change(claim, (one) => settled(one, outcome), 'ignore')) await log.append(events)
    },
  }
}
