import { explainIssues } from '@ratchet/domain/recipe/explain-issues.ts'
import type { RecipeProblem } from '@ratchet/domain/recipe/recipe-problem.ts'
import { ReverificationFilter } from '@ratchet/domain/reverification.ts'
import { isFinished } from '@ratchet/domain/round/transition.ts'
import type { Reverification } from '@ratchet/ports/reverification-store.ts'
import type { Round } from '@ratchet/ports/round-store.ts'
import type { TrajectoryFilter } from '@ratchet/ports/trajectory-store.ts'
import type { World } from './world.ts'

export type ReverifyOutcome =
  | { readonly ok: true; readonly reverification: Reverification; readonly created: boolean }
  | { readonly ok: false; readonly problems: readonly RecipeProblem[] }
  | { readonly ok: false; readonly notFound: true }
  /** The round still reads its verdicts; `refused` says so, and what to do. */
  | { readonly ok: false; readonly refused: string }

/**
 * Begins to verify stored trajectories of a round again; workers do it. New verdicts are appended beside the old ones, and the newest
 * counts for whatever is read from then on: lists, counts, re-curations, and later rounds that curate this one's trajectories. Dataset
 * versions and what the round's stages reported stay as they are. The same idempotency key gives what it began before.
 */
export async function reverify(
  world: World,
  roundId: string,
  input: unknown,
  options: { readonly idempotencyKey: string | null },
): Promise<ReverifyOutcome> {
  const round = await world.rounds.round(roundId)
  if (round === null) return { ok: false, notFound: true }
  const problems = explainIssues(ReverificationFilter, input)
  if (problems.length > 0) return { ok: false, problems }
  const given = ReverificationFilter.parse(input)
  const filter = await withSetId(world, given)
  if (filter === null) return { ok: false, problems: [unknownSet(given.problemSet ?? '')] }
  const refused = refusalOf(round, filter)
  if (refused !== null) return { ok: false, refused }
  const { reverification, created } = await world.reverifications.create({
    id: `rv-${world.newId()}`,
    roundId,
    filter,
    idempotencyKey: options.idempotencyKey,
    total: await world.trajectories.count(trajectoriesOf(roundId, filter)),
  })
  await world.queue.enqueue([
    { kind: 'reverify', roundId: reverification.roundId, reverificationId: reverification.id },
  ])
  return { ok: true, reverification, created }
}

/** The stored trajectories that a re-verification is about; those without a completion have nothing to verify. */
export function trajectoriesOf(roundId: string, { problemSet, ...filter }: ReverificationFilter): TrajectoryFilter {
  const inSet = problemSet === undefined ? {} : { problemSetId: problemSet }
  return { ...filter, ...inSet, roundIds: [roundId], answered: true }
}

async function withSetId(world: World, filter: ReverificationFilter): Promise<ReverificationFilter | null> {
  if (filter.problemSet === undefined) return filter
  const found = await world.problems.find(filter.problemSet)
  return found === null ? null : { ...filter, problemSet: found.id }
}

function unknownSet(name: string): RecipeProblem {
  return {
    path: 'problemSet',
    message: `there is no problem set "${name}"`,
    remedy: 'name one that GET /v1/problem-sets lists',
  }
}

/** Verdicts do not change under a stage that goes by them: of attempts to explore until curate has ended, of all others until the gate has decided. */
function refusalOf({ index, state }: Round, { purpose }: ReverificationFilter): string | null {
  if (isFinished(state)) return null
  const isCurated = state === 'train' || state === 'deploy' || state === 'evaluate'
  if (isCurated && purpose === 'explore') return null
  const remedy = isCurated ? 'wait until it has finished, or verify only purpose explore' : 'wait until it is curated'
  return `round ${index} is in state ${state} and goes by its verdicts: ${remedy}`
}
