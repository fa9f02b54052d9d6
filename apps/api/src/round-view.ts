import { type StageName, stageNames } from '@ratchet/domain/round/stage-name.ts'
import type { Round, Shard } from '@ratchet/ports/round-store.ts'
import type { ApiWorld } from './api-world.ts'
import { type Progress, type RoundView, roundSummary, type StageProgress } from './schemas/round.ts'
import { trainingSummary } from './schemas/training.ts'

/** A round with the progress of its stages and its tallies, read afresh. */
export async function roundView(world: ApiWorld, round: Round): Promise<RoundView> {
  const [planned, explored, evaluated, training] = await Promise.all([
    Promise.all(stageNames.map((stage) => world.shards.shards(round.id, stage))),
    world.trajectories.tally(round.id, 'explore'),
    world.trajectories.tally(round.id, 'evaluate'),
    world.training.find(round.id),
  ])
  return {
    ...roundSummary(round),
    recipe: round.recipe,
    stages: stageNames.map((stage, at) => stageProgress(round, stage, planned[at] ?? null)),
    tallies: { explore: { ...explored }, evaluate: { ...evaluated } },
    training: training === null ? null : trainingSummary(round.recipe, training),
  }
}

/** How far one stage is. `shards` is null when it was not planned. */
export function stageProgress(round: Round, stage: StageName, shards: readonly Shard[] | null): StageProgress {
  const result = round.results[stage] ?? null
  return {
    stage,
    state: stageState(round, stage, shards),
    shards: shards === null ? null : countShards(shards),
    progress: shards === null ? null : sumProgress(shards),
    reason: reasonOf(shards ?? []),
    result,
  }
}

function stageState(round: Round, stage: StageName, shards: readonly Shard[] | null): StageProgress['state'] {
  if (round.results[stage] !== undefined) return 'done'
  if (round.state === stage) return shards === null ? 'planning' : 'running'
  if (shards === null) return 'pending'
  return round.state === 'cancelled' ? 'cancelled' : 'failed'
}

function countShards(shards: readonly Shard[]): StageProgress['shards'] {
  const counts = { total: shards.length, pending: 0, claimed: 0, waiting: 0, done: 0, failed: 0 }
  for (const shard of shards) counts[shard.status]++
  return counts
}

function sumProgress(shards: readonly Shard[]): Progress | null {
  const reported = shards.flatMap((shard) => (shard.progress === null ? [] : [shard.progress]))
  const [first] = reported
  if (first === undefined) return null
  // A note is about one shard.
  const note = shards.length === 1 ? first.note : undefined
  return {
    done: reported.reduce((sum, each) => sum + each.done, 0),
    total: reported.reduce((sum, each) => sum + each.total, 0),
    unit: first.unit,
    ...(note === undefined ? {} : { note }),
  }
}

function reasonOf(shards: readonly Shard[]): string | null {
  const failed = shards.find((shard) => shard.status === 'failed')
  const open = shards.find((shard) => shard.status !== 'done' && shard.reason !== null)
  return (failed ?? open)?.reason ?? null
}
