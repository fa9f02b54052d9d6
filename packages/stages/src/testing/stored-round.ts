import type { TrajectoryWithText } from '@ratchet/domain/trajectory.ts'
import type { Decision } from '@ratchet/domain/verdict.ts'
import { attempt, verdict } from '@ratchet/ports/testing/attempt.ts'
import { startIteration } from '../start-iteration.ts'
import { createMemoryWorld, type MemoryWorld } from './memory-world.ts'
import { sumsRecipe } from './sums-recipe.ts'

export const storedRoundId = 'it-1-r0'

/** An attempt to store: at a problem of the pool, by its position, with a decision and what stands behind the thought. */
export type StoredAttempt = {
  readonly problem: number
  readonly index: number
  readonly decision: Decision
  readonly solution: string
  readonly difference?: Partial<TrajectoryWithText>
}

/** A world in which round 0 of a paused iteration was accepted, with these attempts in its store and nothing in the queue. */
export async function createStoredRound(attempts: readonly StoredAttempt[]): Promise<MemoryWorld> {
  const memory = await createMemoryWorld()
  const { world } = memory
  await startIteration(world, sumsRecipe(), { idempotencyKey: null })
  const pool = await world.problems.find('pool')
  const iteration = await world.rounds.iteration('it-1')
  const round = await world.rounds.round(storedRoundId)
  if (pool === null || iteration === null || round === null) throw new Error('they were made')
  await world.shards.plan(storedRoundId, 'explore', [null])
  const claimed = await world.shards.claim(storedRoundId, 'explore', 0, 'worker', 60)
  if (claimed === null) throw new Error('there was nothing to claim')
  const trajectories = attempts.map(({ problem, index, decision, solution, difference }) => {
    const text = `<think>\nattempt ${index}\n</think>\n\n${solution}`
    const key = { problemId: `pool-${problem}`, index, text }
    return attempt(storedRoundId, pool.id, { ...key, verdict: verdict(decision), ...difference })
  })
  await world.trajectories.append(claimed.claim, trajectories)
  const counts = { problems: 5, rollouts: attempts.length, accepted: 0, satisfied: 0, solved: 0, failed: 0 }
  const explore = { problemSetId: pool.id, ...counts, promptTokens: 0, completionTokens: 0 }
  const results = { explore, score: { model: 'sampler', scored: 0 } }
  await world.rounds.updateRound(round, { state: 'accepted', results })
  await world.rounds.updateIteration(iteration, { state: 'paused' })
  memory.backlog.waiting.clear()
  return memory
}
