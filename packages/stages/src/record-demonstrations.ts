import { thoughtFormat } from '@ratchet/domain/thought-format/thought-format.ts'
import type { TrajectoryWithText } from '@ratchet/domain/trajectory.ts'
import type { StoredTrajectory } from '@ratchet/ports/trajectory-store.ts'
import { trajectoryId } from './roll-out.ts'
import type { AttemptsByProblem } from './roll-out-shard.ts'
import { type ShardRun, type StageContext, StageFailed } from './stage.ts'

/** The policy version of an imported demonstration. */
export const demonstrator = 'demonstrations'

/** Verifies a slice of a demonstration set and stores it as trajectories; several of one problem are numbered as they come. */
export async function recordDemonstrations(
  context: StageContext,
  shard: ShardRun,
  slice: { readonly demonstrationSetId: string; readonly offset: number; readonly limit: number },
): Promise<AttemptsByProblem> {
  const { world, round, recipe } = context
  const set = await world.demonstrations.find(slice.demonstrationSetId)
  if (set === null) throw new StageFailed(`the demonstration set ${slice.demonstrationSetId} is gone`)
  // Numbers a problem's demonstrations over the whole set, so that the slices agree without talking to each other.
  const before = await world.demonstrations.demonstrations(set.id, { offset: 0, limit: slice.offset + slice.limit })
  const numbers = new Map<string, number>()
  const numbered = before.map((demonstration) => {
    const index = numbers.get(demonstration.problemId) ?? 0
    numbers.set(demonstration.problemId, index + 1)
    return { ...demonstration, index }
  })
  const own = numbered.slice(slice.offset)
  const problemIds = [...new Set(own.map((each) => each.problemId))]
  const problems = new Map((await world.problems.byId(set.problemSetId, problemIds)).map((each) => [each.id, each]))
  const verifier = world.verifierFor(round)
  const trajectories: TrajectoryWithText[] = []
  for (const { problemId, text, index } of own) {
    const problem = problems.get(problemId)
    if (problem === undefined)
      throw new StageFailed(`the problem ${problemId} of a demonstration is gone from its problem set`)
    const key = { purpose: 'explore', problemSetId: set.problemSetId, index } as const
    const { solution } = thoughtFormat(recipe.thoughtFormat).parse(text)
    const verdict = await verifier.verify(problem, solution, shard.signal)
    trajectories.push({
      ...key,
      id: trajectoryId(context, { ...key, problem }),
      roundId: round.id,
      problemId,
      policyVersion: demonstrator,
      endpoint: '',
      seed: 0,
      templateHash: '',
      finish: 'stop',
      failure: null,
      promptTokens: 0,
      completionTokens: 0,
      logprobSum: null,
      text,
      textSha256: world.sha256(text),
      verdict,
    })
  }
  await world.trajectories.append(shard.claim, trajectories)
  shard.progress({ done: trajectories.length, total: trajectories.length, unit: 'demonstrations' })
  const filter = { roundIds: [round.id], purpose: 'explore', problemSetId: set.problemSetId, problemIds } as const
  const stored = await world.trajectories.list(filter)
  const ids = new Set(trajectories.map((each) => each.id))
  const attempts = new Map<string, StoredTrajectory[]>()
  for (const each of stored.filter((trajectory) => ids.has(trajectory.id)))
    attempts.set(each.problemId, [...(attempts.get(each.problemId) ?? []), each])
  return attempts
}
