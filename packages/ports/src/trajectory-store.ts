import type { CurationDecision } from '@ratchet/domain/curation/curation-decision.ts'
import type { Purpose, Trajectory, TrajectoryWithText } from '@ratchet/domain/trajectory.ts'
import type { Verdict } from '@ratchet/domain/verdict.ts'
import type { ShardClaim } from './round-store.ts'

/**
 * Trajectories: metadata and verdicts in Postgres, text in compressed append-only segments in the object store. A trajectory
 * exists only when its segment is durable and its row committed; both become visible together.
 */
export interface TrajectoryStore {
  /**
   * Writes one segment and its rows. Rows whose key already exists are left alone. Throws ClaimLost, storing no row, when the
   * claim is no longer the shard's newest.
   */
  append(claim: ShardClaim, trajectories: readonly TrajectoryWithText[]): Promise<void>
  /** In order of problem id, then index. */
  list(filter: TrajectoryFilter): Promise<readonly StoredTrajectory[]>
  /** How many `list` gives without its limit and offset. */
  count(filter: TrajectoryFilter): Promise<number>
  find(trajectoryId: string): Promise<StoredTrajectory | null>
  /**
   * Texts in the order asked for, a lone surrogate as U+FFFD; reads each segment once. Throws PortError, not retryable, when a text is
   * gone or is not the one that was stored.
   */
  texts(trajectories: readonly StoredTrajectory[]): Promise<readonly string[]>
  /** Sets perplexities under a model; idempotent. */
  score(model: string, perplexities: ReadonlyMap<string, number>): Promise<void>
  /** Replaces the decisions of one curation of a round. */
  decide(roundId: string, curationId: string, decisions: readonly CurationDecision[]): Promise<void>
  decisions(trajectoryId: string): Promise<readonly (CurationDecision & { roundId: string; curationId: string })[]>
  /** Newest last; the newest counts, wherever a trajectory's decision is read. */
  verdicts(trajectoryId: string): Promise<readonly (Verdict & { at: Date })[]>
  /** Trajectories by decision and the sum of their tokens, for status and reports. */
  tally(roundId: string, purpose: Purpose): Promise<TrajectoryTally>
}

export type TrajectoryFilter = {
  readonly roundIds?: readonly string[]
  readonly purpose?: Purpose
  readonly problemSetId?: string
  readonly problemIds?: readonly string[]
  readonly decision?: Verdict['decision']
  /** The newest verdict is by one of these verifiers. */
  readonly verifiedBy?: readonly string[]
  /** The newest verdict is by none of these verifiers. */
  readonly notVerifiedBy?: readonly string[]
  /** Whether there is a completion: `false` gives the rollouts that failed. */
  readonly answered?: boolean
  /** Only those behind this one in the order of the list. */
  readonly after?: TrajectoryPosition
  readonly limit?: number
  readonly offset?: number
}

/** A trajectory's place in the order of lists. */
export type TrajectoryPosition = Pick<Trajectory, 'problemId' | 'index' | 'roundId' | 'id'>

export type StoredTrajectory = Trajectory & {
  readonly roundIndex: number
  /** The decision of the verdict that it came with, which exploration went by; `verdict` is the newest. */
  readonly firstDecision: Verdict['decision']
  readonly segment: { readonly key: string; readonly offset: number; readonly length: number }
  /** exp of the mean negative logprob: of the sampling model, and by model name where one was scored. */
  readonly perplexities: Readonly<Record<string, number>>
}

export type TrajectoryTally = {
  readonly rollouts: number
  readonly correct: number
  readonly incorrect: number
  readonly undecided: number
  readonly failed: number
  readonly promptTokens: number
  readonly completionTokens: number
}
