import { createHash } from 'node:crypto'
import type { CurationDecision } from '@ratchet/domain/curation/curation-decision.ts'
import type { TrajectoryKey, TrajectoryWithText } from '@ratchet/domain/trajectory.ts'
import type { Verdict } from '@ratchet/domain/verdict.ts'
import { PortError } from '../port-error.ts'
import { ClaimLost } from '../round-store.ts'
import type { StoredTrajectory, TrajectoryFilter, TrajectoryPosition, TrajectoryStore } from '../trajectory-store.ts'
import type { MemoryRoundStores } from './memory-round-store.ts'

type Held = {
  /** As it came. */
  readonly row: StoredTrajectory
  readonly verdicts: (Verdict & { at: Date })[]
  readonly perplexities: Map<string, number>
}

export type MemoryTrajectoryStore = TrajectoryStore & {
  /** Appends a verdict unless the newest is the same; gives the decision before it, or null when nothing was appended. */
  appendVerdict(trajectoryId: string, verdict: Verdict): Verdict['decision'] | null
}

/** Trajectories in memory, fenced by the claims of `stores`, with the promises of the real store but durability. */
export function createMemoryTrajectoryStore(
  { rounds, shards }: Pick<MemoryRoundStores, 'rounds' | 'shards'>,
  now: () => Date,
): MemoryTrajectoryStore {
  const held = new Map<string, Held>()
  const names = new Set<string>()
  const segments = new Map<string, Buffer>()
  const curations = new Map<string, { roundId: string; curationId: string; decisions: readonly CurationDecision[] }>()
  const stored = ({ row, verdicts, perplexities }: Held): StoredTrajectory => {
    const { at: _at, ...verdict } = verdicts.at(-1) ?? { ...row.verdict, at: null }
    return { ...row, verdict, perplexities: Object.fromEntries(perplexities) }
  }
  const matching = (filter: TrajectoryFilter) => [...held.values()].map(stored).filter((row) => matches(row, filter))

  return {
    async append(claim, trajectories) {
      const roundIndexes = new Map<string, number>()
      for (const { roundId } of trajectories) {
        const round = await rounds.round(roundId)
        if (round === null) throw new Error(`there is no round ${roundId}`)
        roundIndexes.set(roundId, round.index)
      }
      for (const { id, text, textSha256 } of trajectories) {
        if (sha256Of(text) !== textSha256)
          throw new PortError(`the hash of trajectory ${id} is not that of its text`, { retryable: false })
      }
      if (!shards.holds(claim)) throw new ClaimLost(claim)
      const key = `memory/${segments.size}`
      segments.set(key, Buffer.from(trajectories.map(({ text }) => text).join(''), 'utf8'))
      let offset = 0
      for (const trajectory of trajectories) {
        const length = Buffer.byteLength(trajectory.text, 'utf8')
        const name = nameOf(trajectory)
        if (!names.has(name) && !held.has(trajectory.id)) {
          const roundIndex = roundIndexes.get(trajectory.roundId) ?? 0
          const row = storedForm(trajectory, roundIndex, { key, offset, length })
          names.add(name)
          const verdicts = [{ ...row.verdict, at: now() }]
          held.set(trajectory.id, { row, verdicts, perplexities: samplerPerplexity(trajectory) })
        }
        offset += length
      }
    },

    list: async ({ limit, offset = 0, ...filter }) =>
      matching(filter)
        .sort(inOrder)
        .slice(offset, limit === undefined ? undefined : offset + limit),

    count: async ({ limit: _limit, offset: _offset, ...filter }) => matching(filter).length,

    async find(trajectoryId) {
      const found = held.get(trajectoryId)
      return found === undefined ? null : stored(found)
    },

    texts: async (trajectories) =>
      trajectories.map(({ segment: { key, offset, length } }) => {
        const content = segments.get(key)
        if (content === undefined)
          throw new PortError(`the texts of trajectories are gone: there is no ${key}`, { retryable: false })
        return content.toString('utf8', offset, offset + length)
      }),

    async score(model, perplexities) {
      for (const [id, value] of perplexities) if (Number.isFinite(value)) held.get(id)?.perplexities.set(model, value)
    },

    async decide(roundId, curationId, decisions) {
      const name = JSON.stringify([roundId, curationId])
      curations.delete(name)
      const values = decisions.map((decision) => ({ ...decision, value: storableOrNull(decision.value) }))
      curations.set(name, { roundId, curationId, decisions: values })
    },

    decisions: async (trajectoryId) =>
      [...curations.values()].flatMap(({ decisions, ...of }) =>
        decisions
          .filter((decision) => decision.trajectoryId === trajectoryId)
          .map((decision) => ({ ...decision, ...of })),
      ),

    verdicts: async (trajectoryId) => held.get(trajectoryId)?.verdicts.slice() ?? [],

    appendVerdict(trajectoryId, verdict) {
      const verdicts = held.get(trajectoryId)?.verdicts
      const newest = verdicts?.at(-1)
      if (verdicts === undefined || newest === undefined) throw new Error(`there is no trajectory ${trajectoryId}`)
      const added = storedVerdict(verdict)
      const { at: _at, ...before } = newest
      if (JSON.stringify(added) === JSON.stringify(before)) return null
      verdicts.push({ ...added, at: now() })
      return before.decision
    },

    async tally(roundId, purpose) {
      const rows = matching({ roundIds: [roundId], purpose })
      const answered = rows.filter(({ finish }) => finish !== 'error')
      const decided = (decision: string) => answered.filter(({ verdict }) => verdict.decision === decision).length
      return {
        rollouts: rows.length,
        correct: decided('correct'),
        incorrect: decided('incorrect'),
        undecided: decided('undecided'),
        failed: rows.length - answered.length,
        promptTokens: rows.reduce((sum, { promptTokens }) => sum + promptTokens, 0),
        completionTokens: rows.reduce((sum, { completionTokens }) => sum + completionTokens, 0),
      }
    },
  }
}

function matches(row: StoredTrajectory, filter: TrajectoryFilter): boolean {
  const { roundIds, purpose, problemSetId, problemIds, decision, verifiedBy, notVerifiedBy, answered, after } = filter
  return (
    (verifiedBy === undefined || verifiedBy.includes(row.verdict.verifier)) &&
    (notVerifiedBy === undefined || !notVerifiedBy.includes(row.verdict.verifier)) &&
    (answered === undefined || answered === (row.finish !== 'error')) &&
    (after === undefined || inOrder(row, after) > 0) &&
    (roundIds === undefined || roundIds.includes(row.roundId)) &&
    (purpose === undefined || purpose === row.purpose) &&
    (problemSetId === undefined || problemSetId === row.problemSetId) &&
    (problemIds === undefined || problemIds.includes(row.problemId)) &&
    (decision === undefined || decision === row.verdict.decision)
  )
}

function inOrder(a: TrajectoryPosition, b: TrajectoryPosition): number {
  return byBytes(a.problemId, b.problemId) || a.index - b.index || byBytes(a.roundId, b.roundId) || byBytes(a.id, b.id)
}

function byBytes(a: string, b: string): number {
  return Buffer.compare(Buffer.from(a, 'utf8'), Buffer.from(b, 'utf8'))
}

function nameOf({ roundId, purpose, problemSetId, problemId, index }: TrajectoryKey): string {
  return JSON.stringify([roundId, purpose, problemSetId, problemId, index])
}

function storedForm(
  { text: _text, verdict, ...metadata }: TrajectoryWithText,
  roundIndex: number,
  segment: StoredTrajectory['segment'],
): StoredTrajectory {
  return {
    ...metadata,
    failure: storableOrNull(metadata.failure),
    verdict: storedVerdict(verdict),
    firstDecision: verdict.decision,
    roundIndex,
    segment,
    perplexities: {},
  }
}

function storedVerdict({ decision, reason, extracted, verifier }: Verdict): Verdict {
  return { decision, reason: storable(reason), extracted: storableOrNull(extracted), verifier }
}

function samplerPerplexity({ logprobSum, completionTokens, policyVersion }: TrajectoryWithText): Map<string, number> {
  if (logprobSum === null || completionTokens === 0) return new Map()
  const perplexity = Math.exp(-logprobSum / completionTokens)
  return new Map(Number.isFinite(perplexity) ? [[policyVersion, perplexity]] : [])
}

/** What a database keeps of a text: U+FFFD in place of U+0000 and of lone surrogates. */
function storable(text: string): string {
  return text.replaceAll('\0', '\ufffd').replace(/\p{Surrogate}/gu, '\ufffd')
}

function storableOrNull(text: string | null): string | null {
  return text === null ? null : storable(text)
}

function sha256Of(text: string): string {
  return createHash('sha256').update(text).digest('hex')
}
