import type { DecisionChange, ReverificationFilter } from '@ratchet/domain/reverification.ts'
import type { Verdict } from '@ratchet/domain/verdict.ts'
import type { NewEvent } from './round-store.ts'
import type { TrajectoryPosition } from './trajectory-store.ts'

/** Re-verifications of rounds: which stored attempts are verified again, how far each is, and the verdicts that it came to. */
export interface ReverificationStore {
  /** The same idempotency key gives the re-verification that already exists. */
  create(reverification: NewReverification): Promise<{ reverification: Reverification; created: boolean }>
  find(id: string): Promise<Reverification | null>
  /** Those of a round, newest first. */
  list(roundId: string): Promise<readonly Reverification[]>
  /** Those that nobody holds and whose time has come, oldest first. */
  due(): Promise<readonly Reverification[]>
  /**
   * One conditional update: takes one that is pending and due, or whose lease ran out, under the next fencing number. Null when there
   * is nothing to take. A lease that ran out counts as a failure.
   */
  claim(id: string, owner: string, leaseSeconds: number): Promise<ClaimedReverification | null>
  /** Prolongs the lease. Throws ClaimLost. */
  heartbeat(claim: ReverificationClaim, leaseSeconds: number): Promise<void>
  /**
   * In one transaction: appends each verdict that is not the same as the newest of its trajectory, counts, and remembers how far the
   * re-verification has come. Older verdicts stay. Failures are counted anew from here. Throws ClaimLost, storing nothing.
   */
  storePage(claim: ReverificationClaim, page: ReverifiedPage): Promise<void>
  /** Ends a claim and appends the events in the same transaction; the same end again changes nothing. Throws ClaimLost. */
  settle(claim: ReverificationClaim, outcome: ReverificationOutcome, events?: readonly NewEvent[]): Promise<void>
}

export type NewReverification = {
  readonly id: string
  readonly roundId: string
  /** With the problem set's id. */
  readonly filter: ReverificationFilter
  readonly idempotencyKey: string | null
  /** Trajectories that the filter finds now. */
  readonly total: number
}

export type ReverificationStatus = 'pending' | 'claimed' | 'done' | 'failed'

export type Reverification = Omit<NewReverification, 'idempotencyKey'> & {
  readonly status: ReverificationStatus
  /** Trajectories that were verified again. */
  readonly checked: number
  /** Verdicts that were stored, because they are not the same as the one before. */
  readonly appended: number
  readonly changes: readonly DecisionChange[]
  /** Why it failed, or why it is being tried again. */
  readonly reason: string | null
  readonly createdAt: Date
  readonly startedAt: Date | null
  readonly finishedAt: Date | null
}

/** The fencing token: valid while `claim` is the re-verification's newest number. */
export type ReverificationClaim = { readonly reverificationId: string; readonly claim: number }

export type ClaimedReverification = {
  readonly claim: ReverificationClaim
  readonly reverification: Reverification
  /** The last trajectory of the last page that was stored. */
  readonly after: TrajectoryPosition | null
  readonly failures: number
}

export type ReverifiedPage = {
  /** Where the page ends. */
  readonly after: TrajectoryPosition
  readonly verdicts: readonly { readonly trajectoryId: string; readonly verdict: Verdict }[]
}

export type ReverificationOutcome =
  | { readonly kind: 'done' }
  /** Counts a failure; to be taken again after `retryInSeconds`. */
  | { readonly kind: 'retry'; readonly reason: string; readonly retryInSeconds: number }
  | { readonly kind: 'failed'; readonly reason: string }
  /** Gives the claim back untouched, as when the worker shuts down. */
  | { readonly kind: 'released' }
