import type { Recipe, RoundRecipe } from '@ratchet/domain/recipe/recipe.ts'
import type { IterationState } from '@ratchet/domain/round/iteration-state.ts'
import type { RoundState } from '@ratchet/domain/round/round-state.ts'
import type { StageName } from '@ratchet/domain/round/stage-name.ts'
import { PortError } from './port-error.ts'

/** Iterations and rounds. Every change is a compare-and-set on the revision it was read at. */
export interface RoundStore {
  /** Creates an iteration with all its rounds, in one transaction. The same idempotency key gives the iteration that already exists. */
  createIteration(iteration: NewIteration): Promise<{ iteration: Iteration; created: boolean }>
  iteration(id: string): Promise<Iteration | null>
  /** Newest first. */
  iterations(filter?: { state?: IterationState; limit?: number; before?: string }): Promise<readonly Iteration[]>
  /** False when somebody changed it since; the caller looks again. Appends the events in the same transaction. */
  updateIteration(seen: Iteration, change: IterationChange, events?: readonly NewEvent[]): Promise<boolean>
  round(id: string): Promise<Round | null>
  /** By index. */
  rounds(iterationId: string): Promise<readonly Round[]>
  /** False when somebody changed it since. Appends the events in the same transaction. */
  updateRound(seen: Round, change: RoundChange, events?: readonly NewEvent[]): Promise<boolean>
  /**
   * Takes back what a failure did to an iteration, in one transaction, with the events: the iteration runs again, its rounds are as
   * `reopening` says and have neither reason nor end, and of the stage that goes on every shard that is not done begins anew, without
   * failures; one that somebody holds stays with its holder. When that stage is train, the record of the training goes on with the
   * attempt after the recorded one, the first where none is, which is then the first that counts. False, and nothing changed, when the iteration or one of the
   * rounds was changed since it was seen.
   */
  reopen(seen: Iteration, reopening: Reopening, events?: readonly NewEvent[]): Promise<boolean>
  /**
   * What a reconcile must look at, of iterations that are running, paused or being cancelled: rounds that have begun and not finished, the
   * next one when all before it have finished, and the last finished one while its successor has not begun. Oldest iteration first,
   * then by index.
   */
  activeRounds(): Promise<readonly string[]>
}

/** The shards of a round's stages. */
export interface ShardStore {
  /** Writes a stage's plan once: false, and nothing written, when it already has one. */
  plan(roundId: string, stage: StageName, inputs: readonly unknown[]): Promise<boolean>
  /** Null when the stage was never planned. In order of index. */
  shards(roundId: string, stage: StageName): Promise<readonly Shard[] | null>
  /**
   * One conditional update: takes a shard that is pending, due, or whose lease ran out, under the next fencing number.
   * Null when there is nothing to take. A lease that ran out counts as a failure.
   */
  claim(
    roundId: string,
    stage: StageName,
    index: number,
    owner: string,
    leaseSeconds: number,
  ): Promise<ClaimedShard | null>
  /** Prolongs the lease and stores progress. Throws ClaimLost. */
  heartbeat(claim: ShardClaim, leaseSeconds: number, progress: ShardProgress | null): Promise<void>
  /** Ends a claim. Throws ClaimLost when a newer claim exists. */
  settle(claim: ShardClaim, outcome: ShardOutcome): Promise<void>
}

/** Append-only; `seq` grows within the whole installation in the order of commit visibility of one iteration. */
export interface EventLog {
  append(events: readonly NewEvent[]): Promise<void>
  /** Events of one iteration after `afterSeq`, oldest first. */
  read(iterationId: string, afterSeq: number, limit: number): Promise<readonly RoundEvent[]>
}

export type NewIteration = {
  readonly id: string
  readonly recipe: Recipe
  readonly idempotencyKey: string | null
  readonly problemSetId: string
  readonly rounds: readonly { readonly id: string; readonly index: number; readonly recipe: RoundRecipe }[]
}

export type Iteration = {
  readonly id: string
  readonly name: string
  readonly state: IterationState
  readonly reason: string | null
  readonly recipe: Recipe
  readonly problemSetId: string
  /** The checkpoint that won the last gate; null until round 0 is accepted. */
  readonly incumbentCheckpointId: string | null
  readonly revision: number
  readonly createdAt: Date
  readonly finishedAt: Date | null
}
export type IterationChange = Partial<Pick<Iteration, 'state' | 'reason' | 'incumbentCheckpointId' | 'finishedAt'>>

export type Round = {
  readonly id: string
  readonly iterationId: string
  readonly index: number
  readonly recipe: RoundRecipe
  readonly state: RoundState
  readonly reason: string | null
  /** The incumbent when the round began: the explorer of rounds 1..R and the gate's yardstick. */
  readonly incumbentCheckpointId: string | null
  readonly candidateCheckpointId: string | null
  /** What each finished stage reported, by stage name. */
  readonly results: Readonly<Partial<Record<StageName, unknown>>>
  readonly revision: number
  readonly startedAt: Date | null
  readonly finishedAt: Date | null
}
export type RoundChange = Partial<
  Pick<
    Round,
    'state' | 'reason' | 'incumbentCheckpointId' | 'candidateCheckpointId' | 'results' | 'startedAt' | 'finishedAt'
  >
>

export type Reopening = {
  /** The failed round first, then those behind it. */
  readonly rounds: readonly [ReopenedRound, ...ReopenedRound[]]
  /** Where the failed round goes on. */
  readonly stage: StageName
}
export type ReopenedRound = { readonly seen: Round; readonly state: RoundState; readonly recipe: RoundRecipe }

export type ShardStatus = 'pending' | 'claimed' | 'waiting' | 'done' | 'failed'
export type ShardProgress = {
  readonly done: number
  readonly total: number
  readonly unit: string
  readonly note?: string
}
export type Shard = {
  readonly roundId: string
  readonly stage: StageName
  readonly index: number
  readonly status: ShardStatus
  readonly input: unknown
  readonly result: unknown
  readonly claim: number
  readonly owner: string | null
  readonly leaseUntil: Date | null
  readonly lookAgainAt: Date | null
  readonly failures: number
  readonly reason: string | null
  readonly progress: ShardProgress | null
}
/** The fencing token: valid while `claim` is the shard's newest number. */
export type ShardClaim = {
  readonly roundId: string
  readonly stage: StageName
  readonly index: number
  readonly claim: number
}
export type ClaimedShard = {
  readonly claim: ShardClaim
  readonly input: unknown
  readonly failures: number
  /** How long the shard has been waiting without progress; 0 when it was not. */
  readonly waitedSeconds: number
}
export type ShardOutcome =
  | { readonly kind: 'done'; readonly result: unknown; readonly progress: ShardProgress | null }
  /** `progressed`: the wait begins anew, else it goes on from the last time. */
  | {
      readonly kind: 'waiting'
      readonly retryInSeconds: number
      readonly progress: ShardProgress | null
      readonly reason: string | null
      readonly progressed: boolean
    }
  /** Counts a failure and makes the shard pending again, to be looked at after `retryInSeconds`. */
  | { readonly kind: 'retry'; readonly reason: string; readonly retryInSeconds: number }
  | { readonly kind: 'failed'; readonly reason: string }
  /** Gives the claim back untouched, as when the worker shuts down: no failure is counted. */
  | { readonly kind: 'released' }

export type NewEvent = {
  readonly iterationId: string
  readonly roundId: string | null
  /** Dotted, as in `round.stage-started`. */
  readonly kind: string
  readonly body: Readonly<Record<string, unknown>>
}
export type RoundEvent = NewEvent & { readonly seq: number; readonly at: Date }

/** A newer claim of the shard or re-verification exists: whoever holds the old one must stop and leave no trace. */
export class ClaimLost extends PortError {
  constructor(claim: ShardClaim | { readonly reverificationId: string; readonly claim: number }) {
    const what =
      'stage' in claim
        ? `shard ${claim.index} (${claim.stage}, ${claim.roundId})`
        : `re-verification ${claim.reverificationId}`
    super(`the claim ${claim.claim} of ${what} is no longer the newest`, { retryable: false })
  }
}
