import type { StageName } from '@ratchet/domain/round/stage-name.ts'
import type {
  ClaimedShard,
  EventLog,
  Iteration,
  NewEvent,
  ReopenedRound,
  Round,
  RoundEvent,
  RoundStore,
  Shard,
  ShardClaim,
  ShardOutcome,
  ShardStore,
} from '../round-store.ts'
import { ClaimLost } from '../round-store.ts'
import type { MemoryTrainingStore } from './memory-training-store.ts'

export type MemoryRoundStores = {
  readonly rounds: RoundStore
  readonly shards: ShardStore & {
    /** Whether the claim is its shard's newest and has not ended, at this moment. */
    holds(claim: ShardClaim): boolean
  }
  readonly events: EventLog
}

/**
 * The three stores in memory, with the promises of the real ones but durability. JSON values are copied in and out as a database would.
 * `training` is what goes on when an iteration is reopened.
 */
export function createMemoryRoundStores(
  now: () => Date,
  training?: Pick<MemoryTrainingStore, 'reopen'>,
): MemoryRoundStores {
  const log: RoundEvent[] = []
  const append = (events: readonly NewEvent[]) => {
    for (const event of events) log.push({ ...event, body: stored(event.body), seq: log.length + 1, at: now() })
  }
  const shards = createShards(now)
  const reopenStage = ({ seen, recipe }: ReopenedRound, stage: StageName) => {
    shards.reopen(seen.id, stage)
    if (stage === 'train') training?.reopen(seen.id, recipe.cluster.backend)
  }
  return {
    rounds: createRounds(now, append, reopenStage),
    shards,
    events: {
      append: async (events) => append(events),
      read: async (iterationId, afterSeq, limit) =>
        log.filter((event) => event.iterationId === iterationId && event.seq > afterSeq).slice(0, limit),
    },
  }
}

const finished: readonly Round['state'][] = ['accepted', 'rejected', 'failed', 'cancelled']

function createRounds(
  now: () => Date,
  append: (events: readonly NewEvent[]) => void,
  reopenStage: (failed: ReopenedRound, stage: StageName) => void,
): RoundStore {
  const iterations = new Map<string, Iteration>()
  const rounds = new Map<string, Round>()
  const keys = new Map<string, string>()
  const roundsOf = (iterationId: string) =>
    [...rounds.values()].filter((round) => round.iterationId === iterationId).sort((a, b) => a.index - b.index)

  return {
    async createIteration(given) {
      const earlier = given.idempotencyKey === null ? undefined : iterations.get(keys.get(given.idempotencyKey) ?? '')
      if (earlier !== undefined) return { iteration: earlier, created: false }
      const iteration: Iteration = {
        id: given.id,
        name: given.recipe.name,
        state: 'running',
        reason: null,
        recipe: stored(given.recipe),
        problemSetId: given.problemSetId,
        incumbentCheckpointId: null,
        revision: 0,
        createdAt: now(),
        finishedAt: null,
      }
      iterations.set(given.id, iteration)
      if (given.idempotencyKey !== null) keys.set(given.idempotencyKey, given.id)
      for (const { id, index, recipe } of given.rounds) {
        rounds.set(id, {
          id,
          iterationId: given.id,
          index,
          recipe: stored(recipe),
          state: 'waiting',
          reason: null,
          incumbentCheckpointId: null,
          candidateCheckpointId: null,
          results: {},
          revision: 0,
          startedAt: null,
          finishedAt: null,
        })
      }
      return { iteration, created: true }
    },

    iteration: async (id) => iterations.get(id) ?? null,

    async iterations({ state, limit = 100, before } = {}) {
      const newest = [...iterations.values()].reverse()
      const from = before === undefined ? 0 : newest.findIndex((iteration) => iteration.id === before) + 1
      return newest
        .slice(from)
        .filter((iteration) => state === undefined || iteration.state === state)
        .slice(0, limit)
    },

    async updateIteration(seen, change, events = []) {
      const current = iterations.get(seen.id)
      if (current?.revision !== seen.revision) return false
      iterations.set(seen.id, { ...current, ...change, revision: current.revision + 1 })
      append(events)
      return true
    },

    round: async (id) => rounds.get(id) ?? null,
    rounds: async (iterationId) => roundsOf(iterationId),

    async updateRound(seen, change, events = []) {
      const current = rounds.get(seen.id)
      if (current?.revision !== seen.revision) return false
      const results = stored(change.results ?? current.results)
      rounds.set(seen.id, { ...current, ...change, results, revision: current.revision + 1 })
      append(events)
      return true
    },

    async reopen(seen, { rounds: reopened, stage }, events = []) {
      const current = iterations.get(seen.id)
      if (current?.revision !== seen.revision) return false
      if (reopened.some((each) => rounds.get(each.seen.id)?.revision !== each.seen.revision)) return false
      const open = { reason: null, finishedAt: null }
      iterations.set(seen.id, { ...current, ...open, state: 'running', revision: current.revision + 1 })
      for (const { seen: round, state, recipe } of reopened)
        rounds.set(round.id, { ...round, ...open, state, recipe: stored(recipe), revision: round.revision + 1 })
      reopenStage(reopened[0], stage)
      append(events)
      return true
    },

    async activeRounds() {
      const active = [...iterations.values()].filter(({ state }) => ['running', 'paused', 'cancelling'].includes(state))
      return active.flatMap(({ id }) => {
        const all = roundsOf(id)
        const moving = all.filter(({ state, index }) => {
          if (finished.includes(state)) return (all[index + 1]?.state ?? 'waiting') === 'waiting'
          return state !== 'waiting' || all.slice(0, index).every((earlier) => finished.includes(earlier.state))
        })
        return moving.map((round) => round.id)
      })
    },
  }
}

type MemoryShards = MemoryRoundStores['shards'] & { reopen(roundId: string, stage: StageName): void }

function createShards(now: () => Date): MemoryShards {
  const stages = new Map<string, Shard[]>()
  const waitingSince = new Map<string, number>()
  const nowMs = () => now().getTime()
  const stageOf = (roundId: string, stage: string) => stages.get(`${roundId}/${stage}`)
  const inSeconds = (seconds: number) => new Date(now().getTime() + seconds * 1000)
  const past = (at: Date | null) => at === null || at.getTime() <= now().getTime()

  const change = (claim: ShardClaim, next: (shard: Shard) => Partial<Shard>, whenEnded: 'ignore' | 'lost') => {
    const shards = stageOf(claim.roundId, claim.stage)
    const shard = shards?.[claim.index]
    if (shards === undefined || shard === undefined || shard.claim !== claim.claim) throw new ClaimLost(claim)
    if (shard.status === 'claimed') shards[claim.index] = { ...shard, ...next(shard) }
    else if (whenEnded === 'lost') throw new ClaimLost(claim)
  }

  const settlement = (shard: Shard, outcome: ShardOutcome): Partial<Shard> => {
    const free = { owner: null, leaseUntil: null }
    switch (outcome.kind) {
      case 'done':
        return {
          ...free,
          status: 'done',
          result: stored(outcome.result),
          progress: outcome.progress ?? shard.progress,
          reason: null,
        }
      case 'waiting': {
        const lookAgainAt = inSeconds(outcome.retryInSeconds)
        const key = `${shard.roundId}/${shard.stage}/${shard.index}`
        if (outcome.progressed || !waitingSince.has(key)) waitingSince.set(key, nowMs())
        return {
          ...free,
          status: 'waiting',
          lookAgainAt,
          progress: outcome.progress ?? shard.progress,
          reason: outcome.reason,
        }
      }
      case 'retry': {
        const lookAgainAt = inSeconds(outcome.retryInSeconds)
        waitingSince.delete(`${shard.roundId}/${shard.stage}/${shard.index}`)
        return { ...free, status: 'pending', lookAgainAt, failures: shard.failures + 1, reason: outcome.reason }
      }
      case 'failed':
        return { ...free, status: 'failed', reason: outcome.reason }
      case 'released':
        waitingSince.delete(`${shard.roundId}/${shard.stage}/${shard.index}`)
        return { ...free, status: 'pending' }
    }
  }

  return {
    async plan(roundId, stage, inputs) {
      if (stageOf(roundId, stage) !== undefined) return false
      const fresh = {
        status: 'pending',
        result: null,
        claim: 0,
        owner: null,
        leaseUntil: null,
        lookAgainAt: null,
      } as const
      const rest = { failures: 0, reason: null, progress: null }
      stages.set(
        `${roundId}/${stage}`,
        inputs.map((input, index) => ({ roundId, stage, index, input: stored(input), ...fresh, ...rest })),
      )
      return true
    },

    reopen(roundId, stage) {
      const shards = stageOf(roundId, stage) ?? []
      for (const [index, shard] of shards.entries()) {
        if (shard.status === 'done') continue
        waitingSince.delete(`${roundId}/${stage}/${index}`)
        const status = shard.status === 'claimed' ? shard.status : 'pending'
        shards[index] = { ...shard, status, failures: 0, reason: null, lookAgainAt: null }
      }
    },

    holds({ roundId, stage, index, claim }) {
      const shard = stageOf(roundId, stage)?.[index]
      return shard?.claim === claim && shard.status === 'claimed'
    },

    shards: async (roundId, stage) => stageOf(roundId, stage)?.slice() ?? null,

    async claim(roundId, stage, index, owner, leaseSeconds): Promise<ClaimedShard | null> {
      const shards = stageOf(roundId, stage)
      const shard = shards?.[index]
      if (shards === undefined || shard === undefined) return null
      const expired = shard.status === 'claimed' && past(shard.leaseUntil)
      const due = (shard.status === 'pending' || shard.status === 'waiting') && past(shard.lookAgainAt)
      if (!expired && !due) return null
      const next: Shard = {
        ...shard,
        status: 'claimed',
        claim: shard.claim + 1,
        owner,
        leaseUntil: inSeconds(leaseSeconds),
        lookAgainAt: null,
        failures: shard.failures + (expired ? 1 : 0),
        reason: expired ? `the lease of ${shard.owner} ran out` : shard.reason,
      }
      shards[index] = next
      if (expired) waitingSince.delete(`${roundId}/${stage}/${index}`)
      const since = waitingSince.get(`${roundId}/${stage}/${index}`)
      const waitedSeconds = since === undefined ? 0 : (nowMs() - since) / 1000
      const { input, failures } = next
      return { claim: { roundId, stage, index, claim: next.claim }, input, failures, waitedSeconds }
    },

    async heartbeat(claim, leaseSeconds, progress) {
      change(claim, (shard) => ({ leaseUntil: inSeconds(leaseSeconds), progress: progress ?? shard.progress }), 'lost')
    },

    async settle(claim, outcome) {
      change(claim, (shard) => settlement(shard, outcome), 'ignore')
    },
  }
}

/** The value as it comes back from a JSON column. */
function stored<T>(value: T): T {
  return JSON.parse(JSON.stringify(value ?? null))
}
