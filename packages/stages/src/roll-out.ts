import { rolloutSeed } from '@ratchet/domain/exploration/rollout-seed.ts'
import type { Problem } from '@ratchet/domain/problem.ts'
import type { Sampling } from '@ratchet/domain/recipe/recipe.ts'
import { renderPrompt } from '@ratchet/domain/render-prompt.ts'
import { thoughtFormat } from '@ratchet/domain/thought-format/thought-format.ts'
import type { Purpose, TrajectoryWithText } from '@ratchet/domain/trajectory.ts'
import { type Completion, type Inference, InferenceError } from '@ratchet/ports/inference.ts'
import type { StageContext } from './stage.ts'

export type Attempt = {
  readonly purpose: Purpose
  readonly problemSetId: string
  readonly problem: Problem
  readonly index: number
  readonly sampling: Sampling
  /** Name of the model that is asked. */
  readonly policyVersion: string
}

/**
 * One attempt at one problem, verified as it arrives. An endpoint that answers with nonsense or refuses this one request leaves a
 * trajectory that says so; an endpoint that cannot be reached, is overloaded or does not know us or the model throws InferenceError.
 */
export async function rollOut(
  context: StageContext,
  inference: Inference,
  attempt: Attempt,
  signal: AbortSignal,
): Promise<TrajectoryWithText> {
  const { world, recipe, round } = context
  const { problem, index, purpose, sampling } = attempt
  const id = trajectoryId(context, attempt)
  const seed = rolloutSeed(recipe.seed, round.index, purpose, problem.id, index)
  const messages = renderPrompt(recipe.prompt, problem)
  let completion: Completion
  try {
    completion = await inference.sample({ messages, sampling, seed, requestId: id }, signal)
  } catch (error) {
    if (!(error instanceof InferenceError) || !isData(error)) throw error
    return { ...frame(context, attempt, id, seed), ...failed(world.sha256(''), error.message) }
  }
  const parsed = thoughtFormat(recipe.thoughtFormat).parse(completion.text)
  const verdict = await world.verifierFor(round).verify(problem, parsed.solution, signal)
  return {
    ...frame(context, attempt, id, seed),
    endpoint: completion.endpoint,
    finish: completion.finish,
    failure: null,
    promptTokens: completion.promptTokens,
    completionTokens: completion.completionTokens,
    logprobSum: completion.logprobs === null ? null : completion.logprobs.reduce((sum, each) => sum + each, 0),
    text: completion.text,
    textSha256: world.sha256(completion.text),
    verdict,
  }
}

/** Whether a failure belongs to this one attempt, not to the endpoint as a whole. */
function isData(error: InferenceError): boolean {
  return error.failure === 'broken' || error.failure === 'rejected'
}

/** The same key gives the same id. */
export function trajectoryId(
  { world, round }: StageContext,
  attempt: Pick<Attempt, 'purpose' | 'problemSetId' | 'index'> & { readonly problem: { readonly id: string } },
): string {
  const key = [round.id, attempt.purpose, attempt.problemSetId, attempt.problem.id, String(attempt.index)].join('\n')
  return `t-${world.sha256(key).slice(0, 24)}`
}

function frame(context: StageContext, attempt: Attempt, id: string, seed: number) {
  const { world, round, recipe } = context
  const { purpose, problemSetId, problem, index, policyVersion, sampling } = attempt
  const template = JSON.stringify([recipe.prompt, recipe.thoughtFormat, sampling])
  const templateHash = world.sha256(template).slice(0, 16)
  return {
    id,
    roundId: round.id,
    purpose,
    problemSetId,
    problemId: problem.id,
    index,
    policyVersion,
    seed,
    templateHash,
  }
}

function failed(emptySha256: string, message: string) {
  return {
    endpoint: '',
    finish: 'error',
    failure: message,
    promptTokens: 0,
    completionTokens: 0,
    logprobSum: null,
    text: '',
    textSha256: emptySha256,
    verdict: { decision: 'undecided', reason: `there is no answer: ${message}`, extracted: null, verifier: 'none' },
  } as const
}
