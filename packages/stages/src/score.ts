/**
 * Score: the perplexity of this round's trajectories under the model that the recipe names.
 *
 * Reads   trajectories and their texts
 * Writes  perplexities; those under the sampling model came with the completions, so then there is nothing to do
 * Again   a perplexity is set, not added to
 */
import { renderPrompt } from '@ratchet/domain/render-prompt.ts'
import { z } from 'zod'
import { explore } from './explore.ts'
import { outageOf } from './outage.ts'
import { servePolicy } from './served-policy.ts'
import { defineStage, StageFailed } from './stage.ts'

const shardSize = 256

/** Stands for whichever model sampled a trajectory. */
export const samplerModel = 'sampler'

const Input = z.strictObject({ problemSetId: z.string(), problemIds: z.array(z.string()) })
/** `scored`: trajectories with a perplexity under the model, by whichever run of the shard they got it. */
const Result = z.strictObject({ model: z.string(), scored: z.number().int() })
const Output = z.strictObject({ model: z.string(), scored: z.number().int() })

export const score = defineStage({
  name: 'score',
  input: Input,
  result: Result,
  output: Output,
  plan: async ({ world, round, recipe }) => {
    if (recipe.score.under === 'sampler' || round.incumbentCheckpointId === null) return []
    const { problemSetId } = explore.outputOf(round)
    const ids = (await world.problems.problems(problemSetId)).map((problem) => problem.id)
    const shards = []
    for (let start = 0; start < ids.length; start += shardSize)
      shards.push({ problemSetId, problemIds: ids.slice(start, start + shardSize) })
    return shards
  },
  run: async (context, { problemSetId, problemIds }, shard) => {
    const { world, round, recipe } = context
    if (round.incumbentCheckpointId === null) throw new StageFailed('there is no incumbent to score under')
    const policy = await servePolicy(context, round.incumbentCheckpointId)
    if (policy.kind === 'waiting') return policy
    const inference = world.inference.open(policy.served)
    const all = await world.trajectories.list({ roundIds: [round.id], purpose: 'explore', problemSetId, problemIds })
    const open = all.filter((each) => each.finish !== 'error' && each.perplexities[policy.name] === undefined)
    const problems = new Map((await world.problems.byId(problemSetId, problemIds)).map((each) => [each.id, each]))
    const texts = await world.trajectories.texts(open)
    let done = all.length - open.length
    let scored = all.filter((each) => each.perplexities[policy.name] !== undefined).length
    for (let start = 0; start < open.length; start += inference.slots) {
      const perplexities = new Map<string, number>()
      const batch = open.slice(start, start + inference.slots)
      const ends = await Promise.allSettled(
        batch.map(async (trajectory, offset) => {
          const problem = problems.get(trajectory.problemId)
          const completion = texts[start + offset]
          if (problem === undefined || completion === undefined || completion === '') return
          const messages = renderPrompt(recipe.prompt, problem)
          const { logprobs } = await inference.score({ messages, completion, requestId: trajectory.id }, shard.signal)
          perplexities.set(trajectory.id, perplexity(logprobs))
        }),
      )
      await world.trajectories.score(policy.name, perplexities)
      shard.signal.throwIfAborted()
      const failed = ends.find((each) => each.status === 'rejected')
      if (failed !== undefined)
        return outageOf(context, failed.reason, { policyIsOurs: true, progressed: perplexities.size > 0 })
      done += batch.length
      scored += perplexities.size
      shard.progress({ done, total: all.length, unit: 'trajectories' })
    }
    return { kind: 'done', result: { model: policy.name, scored } }
  },
  finish: async (_context, results) => {
    const scored = results.reduce((sum, each) => sum + each.scored, 0)
    return { output: { model: results[0]?.model ?? samplerModel, scored } }
  },
})

/** exp of the mean negative logprob. */
function perplexity(logprobs: readonly number[]): number {
  const mean = logprobs.reduce((sum, each) => sum + each, 0) / Math.max(1, logprobs.length)
  return Math.exp(-mean)
}
