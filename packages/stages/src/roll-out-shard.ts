import { nextAttempts } from '@ratchet/domain/exploration/plan-attempts.ts'
import type { Problem } from '@ratchet/domain/problem.ts'
import type { Sampling, ServedModel } from '@ratchet/domain/recipe/recipe.ts'
import type { Purpose } from '@ratchet/domain/trajectory.ts'
import type { StoredTrajectory } from '@ratchet/ports/trajectory-store.ts'
import { AppendBuffer } from './append-buffer.ts'
import { AttemptBoard } from './attempt-board.ts'
import { outageOf } from './outage.ts'
import { rollOut } from './roll-out.ts'
import { type ShardRun, type StageContext, StageFailed, type Waiting } from './stage.ts'

export type RollOutGoal = {
  readonly model: ServedModel
  /** What the trajectories carry: of a policy the deployment's name, since a server may serve it under another one. */
  readonly policyVersion: string
  /** Whether the model is one of our checkpoints, which we can load again, or one that others serve. */
  readonly policyIsOurs: boolean
  readonly purpose: Purpose
  readonly problemSetId: string
  readonly problemIds: readonly string[]
  readonly sampling: Sampling
  /** Correct attempts that end a problem; infinite where every problem gets `cap` attempts. */
  readonly accept: number
  readonly cap: number
}

/** All stored attempts by problem id, in order of index. */
export type AttemptsByProblem = ReadonlyMap<string, readonly StoredTrajectory[]>

/**
 * Rolls out until each problem of the shard has its accepted attempts or is at its cap. Attempts already stored count and are not made
 * again. Breadth first; what is still in flight for a problem that is done is cancelled. When the endpoint is down or
 * overloaded the shard waits, with all it has found stored.
 */
export async function rollOutShard(
  context: StageContext,
  shard: ShardRun,
  goal: RollOutGoal,
): Promise<Waiting | { kind: 'done'; attempts: AttemptsByProblem }> {
  const { world, round } = context
  const { purpose, problemSetId, problemIds } = goal
  const filter = { roundIds: [round.id], purpose, problemSetId, problemIds }
  const problems = new Map((await world.problems.byId(problemSetId, problemIds)).map((each) => [each.id, each]))
  for (const problemId of problemIds) problemOf(problems, problemId)
  const board = new AttemptBoard(problemIds, goal)
  for (const stored of await world.trajectories.list(filter))
    board.record(stored.problemId, stored.index, stored.verdict.decision)

  const outage = await fillBoard(context, shard, goal, problems, board)
  if (outage !== null) return outage
  return { kind: 'done', attempts: byProblem(await world.trajectories.list(filter)) }
}

async function fillBoard(
  context: StageContext,
  shard: ShardRun,
  goal: RollOutGoal,
  problems: ReadonlyMap<string, Problem>,
  board: AttemptBoard,
): Promise<Waiting | null> {
  const { world } = context
  const inference = world.inference.open(goal.model)
  const stop = new AbortController()
  const buffer = new AppendBuffer(world, shard.claim, (error) => stop.abort(error))
  const stopped = AbortSignal.any([shard.signal, stop.signal])
  /** The first is what ended the run; the others follow from it. */
  const failures: unknown[] = []
  let wake = () => {}

  const attempt = async (problem: Problem, index: number): Promise<void> => {
    const cancel = board.begin(problem.id, index)
    try {
      const signal = AbortSignal.any([stopped, cancel])
      const attempted = { ...goal, problem, index }
      const trajectory = await rollOut(context, inference, attempted, signal)
      buffer.add(trajectory)
      board.record(problem.id, index, trajectory.verdict.decision)
    } catch (error) {
      if (cancel.aborted) return
      failures.push(error)
      stop.abort(error)
    } finally {
      board.end(problem.id, index)
      wake()
    }
  }

  const running = new Set<Promise<void>>()
  while (failures.length === 0 && !shard.signal.aborted) {
    const freeSlots = inference.slots - board.inFlight
    const picks = freeSlots > 0 ? nextAttempts(board.open(), { accept: goal.accept, cap: goal.cap, freeSlots }) : []
    for (const { problemId, index } of picks) {
      const run = attempt(problemOf(problems, problemId), index).finally(() => running.delete(run))
      running.add(run)
    }
    if (board.inFlight === 0) break
    const { done, total, note } = board.progress()
    shard.progress({ done, total, unit: 'problems', note })
    await new Promise<void>((resolve) => {
      wake = resolve
    })
  }
  await Promise.all(running)
  await buffer.flush()
  shard.signal.throwIfAborted()
  if (failures.length === 0) return null
  return outageOf(context, failures[0], { policyIsOurs: goal.policyIsOurs, progressed: buffer.appended > 0 })
}

function problemOf(problems: ReadonlyMap<string, Problem>, problemId: string): Problem {
  const problem = problems.get(problemId)
  if (problem === undefined) throw new StageFailed(`the problem ${problemId} is gone from its problem set`)
  return problem
}

function byProblem(trajectories: readonly StoredTrajectory[]): AttemptsByProblem {
  const grouped = new Map<string, StoredTrajectory[]>()
  for (const each of trajectories) {
    const attempts = grouped.get(each.problemId)
    if (attempts === undefined) grouped.set(each.problemId, [each])
    else attempts.push(each)
  }
  return grouped
}
