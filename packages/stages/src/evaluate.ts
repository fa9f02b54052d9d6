/**
 * Evaluate: held-out benchmarks for the candidate, a paired comparison with the incumbent, and the gate's decision.
 *
 * Reads   the candidate's deployment and the incumbent's reports
 * Writes  trajectories of the attempts, a report a benchmark, the decision
 * Again   attempts already stored are not made again; reports are replaced by equal ones
 */
import { ProblemScore } from '@ratchet/domain/evaluation/evaluation-report.ts'
import { isMajorityCorrect } from '@ratchet/domain/evaluation/majority.ts'
import { decideGate } from '@ratchet/domain/evaluation/promotion-gate.ts'
import { evaluationReport } from '@ratchet/domain/evaluation/report.ts'
import { Benchmark } from '@ratchet/domain/recipe/recipe.ts'
import type { StoredTrajectory } from '@ratchet/ports/trajectory-store.ts'
import { z } from 'zod'
import { candidateOf } from './deploy.ts'
import { rollOutShard } from './roll-out-shard.ts'
import { releasePolicy, servePolicy } from './served-policy.ts'
import { defineStage, StageFailed } from './stage.ts'

const Input = z.strictObject({ benchmark: Benchmark, problemIds: z.array(z.string()) })
const Result = z.strictObject({
  benchmark: z.string(),
  problemSetId: z.string(),
  /** Attempts that the endpoint failed at. */
  failed: z.number().int(),
  scores: z.array(ProblemScore),
})
const Output = z.strictObject({
  accepted: z.boolean(),
  reason: z.string(),
  benchmarks: z.record(z.string(), z.object({ value: z.number(), low: z.number(), high: z.number() })),
})

export const evaluate = defineStage({
  name: 'evaluate',
  input: Input,
  result: Result,
  output: Output,
  plan: async ({ world, recipe }) => {
    const { benchmarks, shardSize } = recipe.evaluate
    const shards = []
    for (const benchmark of benchmarks) {
      const ids = (await world.problems.problems(benchmark.problemSet)).map((problem) => problem.id)
      for (let start = 0; start < ids.length; start += shardSize)
        shards.push({ benchmark, problemIds: ids.slice(start, start + shardSize) })
    }
    return shards
  },
  run: async (context, { benchmark, problemIds }, shard) => {
    const policy = await servePolicy(context, candidateOf(context))
    if (policy.kind === 'waiting') return policy
    const end = await rollOutShard(context, shard, {
      model: policy.served,
      policyVersion: policy.name,
      policyIsOurs: true,
      purpose: 'evaluate',
      problemSetId: benchmark.problemSet,
      problemIds,
      sampling: benchmark.sampling,
      accept: Number.POSITIVE_INFINITY,
      cap: benchmark.samples,
    })
    if (end.kind === 'waiting') return end
    const scores = problemIds.map((problemId) => problemScore(problemId, end.attempts.get(problemId) ?? []))
    const failed = [...end.attempts.values()].flat().filter((each) => each.finish === 'error').length
    return { kind: 'done', result: { benchmark: benchmark.name, problemSetId: benchmark.problemSet, failed, scores } }
  },
  finish: async (context, results) => {
    const { world, iteration, round, recipe } = context
    const checkpointId = candidateOf(context)
    const { benchmarks, gate, maxFailedShare } = recipe.evaluate
    checkFailures(results, maxFailedShare)
    const deciding = gate.benchmark ?? benchmarks[0]?.name
    const output: z.infer<typeof Output> = { accepted: true, reason: '', benchmarks: {} }
    for (const benchmark of benchmarks) {
      const own = results.filter((result) => result.benchmark === benchmark.name)
      const head = {
        iterationId: iteration.id,
        roundId: round.id,
        checkpointId,
        benchmark: benchmark.name,
        problemSetId: benchmark.problemSet,
        samples: benchmark.samples,
      }
      const report = evaluationReport(
        head,
        own.flatMap((result) => result.scores),
      )
      await world.reports.record(report)
      output.benchmarks[benchmark.name] = report.passAt1
      if (benchmark.name !== deciding) continue
      const incumbent =
        round.incumbentCheckpointId === null
          ? null
          : await world.reports.find(round.incumbentCheckpointId, benchmark.name)
      const decision = decideGate(report, incumbent, { margin: gate.margin })
      output.accepted = decision.accepted
      output.reason = decision.reason
    }
    const loser = output.accepted ? round.incumbentCheckpointId : checkpointId
    if (loser !== null) await releasePolicy(context, loser)
    return { output, accepted: output.accepted }
  },
})

function checkFailures(results: readonly z.infer<typeof Result>[], maxFailedShare: number): void {
  const failed = results.reduce((sum, each) => sum + each.failed, 0)
  const attempts = results.flatMap((each) => each.scores).reduce((sum, each) => sum + each.samples, 0)
  if (failed > maxFailedShare * attempts)
    throw new StageFailed(
      `${failed} of ${attempts} benchmark attempts failed, over evaluate.maxFailedShare ${maxFailedShare}: look at their failures with GET /v1/trajectories, mend the endpoint and start a new iteration, since a retry finds them again`,
    )
}

function problemScore(problemId: string, attempts: readonly StoredTrajectory[]): z.infer<typeof ProblemScore> {
  if (attempts.length === 0) throw new StageFailed(`the benchmark problem ${problemId} has no attempts`)
  return {
    problemId,
    samples: attempts.length,
    correct: attempts.filter((each) => each.verdict.decision === 'correct').length,
    completionTokens: attempts.reduce((sum, each) => sum + each.completionTokens, 0),
    truncated: attempts.filter((each) => each.finish === 'length').length,
    majorityCorrect: isMajorityCorrect(
      attempts.map((each) => ({ answer: each.verdict.extracted, correct: each.verdict.decision === 'correct' })),
    ),
  }
}
