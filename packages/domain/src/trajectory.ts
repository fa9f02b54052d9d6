import { z } from 'zod'
import type { Verdict } from './verdict.ts'

/** `explore`: made to find training data, or a demonstration that was imported for it. `evaluate`: an attempt at a benchmark. */
export const Purpose = z.enum(['explore', 'evaluate'])
export type Purpose = z.infer<typeof Purpose>

/** `stop`: the model ended by itself; `length`: cut at the token limit; `error`: the endpoint failed for good, there is no text. */
export const Finish = z.enum(['stop', 'length', 'error'])
export type Finish = z.infer<typeof Finish>

/** What names a trajectory: there is never more than one with the same key. `index` counts the attempts at one problem from 0. */
export type TrajectoryKey = {
  readonly roundId: string
  readonly purpose: Purpose
  readonly problemSetId: string
  readonly problemId: string
  readonly index: number
}

/** One attempt at a problem, without its text. */
export type Trajectory = TrajectoryKey & {
  readonly id: string
  /** Model name that answered; a deployment's versioned name, or the teacher's. */
  readonly policyVersion: string
  readonly endpoint: string
  readonly seed: number
  /** Hash of the prompt template and the sampling parameters. */
  readonly templateHash: string
  readonly finish: Finish
  /** The endpoint's plain reason when `finish` is `error`. */
  readonly failure: string | null
  readonly promptTokens: number
  readonly completionTokens: number
  /** Sum of the natural-log probabilities of the completion's tokens under the model that sampled them; null when the endpoint gave none. */
  readonly logprobSum: number | null
  readonly textSha256: string
  readonly verdict: Verdict
}

/** A trajectory with the text of its completion, as the model wrote it. */
export type TrajectoryWithText = Trajectory & { readonly text: string }
