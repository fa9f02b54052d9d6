/**
 * Explore: attempts at every problem until enough are correct or the cap is reached. In round 0 the teacher attempts them, or
 * imported demonstrations stand in for its attempts; later the incumbent policy does.
 *
 * Reads   problems, demonstrations
 * Writes  trajectories with their verdicts
 * Again   attempts already stored are not made again; seeds come from ids
 */

import { settleProblem } from '@ratchet/domain/exploration/acceptance.ts'
import type { ServedModel } from '@ratchet/domain/recipe/recipe.ts'
import { z } from 'zod'
import { recordDemonstrations } from './record-demonstrations.ts'
import { type AttemptsByProblem, rollOutShard } from './roll-out-shard.ts'
import { servePolicy } from './served-policy.ts'
import { defineStage, type StageContext, StageFailed, type Waiting } from './stage.ts'

const Input = z.discriminatedUnion('from', [
  z.strictObject({ from: z.literal('model'), problemIds: z.array(z.string()) }),
  z.strictObject({ from: z.literal('demonstrations'), offset: z.number().int(), limit: z.number().int() }),
])

const Counts = {
  problems: z.number().int(),
  rollouts: z.number().int(),
  /** Correct attempts accepted in the order of their index. */
  accepted: z.number().int(),
  /** Problems with as many accepted attempts as asked for. */
  satisfied: z.number().int(),
  /** Problems with at least one. */
  solved: z.number().int(),
  failed: z.number().int(),
  promptTokens: z.number().int(),
  completionTokens: z.number().int(),
}
const Result = z.strictObject(Counts)
const Output = z.strictObject({ problemSetId: z.string(), ...Counts })

export const explore = defineStage({
  name: 'explore',
  input: Input,
  result: Result,
  output: Output,
  plan: async (context) => {
    const { world, iteration, recipe } = context
    const { shardSize } = recipe.explore
    const imitation = demonstrationSetOf(context)
    if (imitation !== null) {
      const set = await world.demonstrations.find(imitation)
      if (set === null) throw new StageFailed(`the demonstration set ${imitation} is gone`)
      const starts = Array.from({ length: Math.ceil(set.count / shardSize) }, (_, shard) => shard * shardSize)
      return starts.map((offset) => ({ from: 'demonstrations' as const, offset, limit: shardSize }))
    }
    const ids = (await world.problems.problems(iteration.problemSetId)).map((problem) => problem.id)
    const starts = Array.from({ length: Math.ceil(ids.length / shardSize) }, (_, shard) => shard * shardSize)
    return starts.map((start) => ({ from: 'model' as const, problemIds: ids.slice(start, start + shardSize) }))
  },
  run: async (context, input, shard) => {
    const { iteration, recipe } = context
    if (input.from === 'demonstrations') {
      const imitation = demonstrationSetOf(context)
      if (imitation === null) throw new StageFailed('the recipe names no demonstrations')
      const attempts = await recordDemonstrations(context, shard, { ...input, demonstrationSetId: imitation })
      return {
        kind: 'done',
        result: count(attempts, { accept: Number.POSITIVE_INFINITY, cap: Number.POSITIVE_INFINITY }),
      }
    }
    const explorer = await explorerOf(context)
    if (explorer.kind === 'waiting') return explorer
    const { accept, cap, sampling } = recipe.explore
    const { problemIds } = input
    const end = await rollOutShard(context, shard, {
      model: explorer.served,
      policyVersion: explorer.name,
      policyIsOurs: context.round.index > 0,
      purpose: 'explore',
      problemSetId: iteration.problemSetId,
      problemIds,
      sampling,
      accept,
      cap,
    })
    return end.kind === 'waiting' ? end : { kind: 'done', result: count(end.attempts, { accept, cap }) }
  },
  finish: async (context, results) => {
    const { world, iteration, recipe } = context
    const total = results.reduce(add, nothing)
    const { maxFailedShare } = recipe.explore
    if (total.failed > maxFailedShare * total.rollouts)
      throw new StageFailed(
        `${total.failed} of ${total.rollouts} rollouts failed, over explore.maxFailedShare ${maxFailedShare}: look at their failures with GET /v1/trajectories, mend the endpoint and start a new iteration, since a retry finds them again`,
      )
    const imitation = demonstrationSetOf(context)
    const set = imitation === null ? null : await world.demonstrations.find(imitation)
    return { output: { problemSetId: set?.problemSetId ?? iteration.problemSetId, ...total } }
  },
})

function demonstrationSetOf({ round, recipe }: StageContext): string | null {
  return round.index === 0 && recipe.imitate.from === 'demonstrations' ? recipe.imitate.demonstrationSet : null
}

type Explorer = Waiting | { readonly kind: 'ready'; readonly served: ServedModel; readonly name: string }

/** The teacher in round 0, afterwards the incumbent. */
async function explorerOf(context: StageContext): Promise<Explorer> {
  const { round, recipe } = context
  if (round.index === 0) {
    if (recipe.imitate.from !== 'teacher') throw new StageFailed('the recipe names no teacher')
    const { teacher } = recipe.imitate
    return { kind: 'ready', served: teacher, name: teacher.model }
  }
  if (round.incumbentCheckpointId === null) throw new StageFailed('there is no incumbent to explore with')
  return await servePolicy(context, round.incumbentCheckpointId)
}

const nothing: z.infer<typeof Result> = {
  problems: 0,
  rollouts: 0,
  accepted: 0,
  satisfied: 0,
  solved: 0,
  failed: 0,
  promptTokens: 0,
  completionTokens: 0,
}

function add(a: z.infer<typeof Result>, b: z.infer<typeof Result>): z.infer<typeof Result> {
  return {
    problems: a.problems + b.problems,
    rollouts: a.rollouts + b.rollouts,
    accepted: a.accepted + b.accepted,
    satisfied: a.satisfied + b.satisfied,
    solved: a.solved + b.solved,
    failed: a.failed + b.failed,
    promptTokens: a.promptTokens + b.promptTokens,
    completionTokens: a.completionTokens + b.completionTokens,
  }
}

function count(byProblem: AttemptsByProblem, goal: { accept: number; cap: number }): z.infer<typeof Result> {
  return [...byProblem.values()]
    .map((attempts) => {
      const settled = settleProblem(
        attempts.map((each) => ({ index: each.index, decision: each.verdict.decision })),
        goal,
      )
      const correct = attempts.filter((each) => each.verdict.decision === 'correct').length
      const accepted = settled.state === 'open' ? correct : settled.accepted.length
      return {
        problems: 1,
        rollouts: attempts.length,
        accepted,
        satisfied: settled.state === 'satisfied' ? 1 : 0,
        solved: accepted > 0 ? 1 : 0,
        failed: attempts.filter((each) => each.finish === 'error').length,
        promptTokens: attempts.reduce((sum, each) => sum + each.promptTokens, 0),
        completionTokens: attempts.reduce((sum, each) => sum + each.completionTokens, 0),
      }
    })
    .reduce(add, nothing)
}
