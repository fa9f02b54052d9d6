import type { ChatMessage } from '@ratchet/domain/dataset-version.ts'
import type { Sampling, ServedModel } from '@ratchet/domain/recipe/recipe.ts'
import { PortError } from './port-error.ts'

/**
 * An OpenAI-compatible model, reached through one or several endpoints.
 *
 * Idempotent: the same seed gives the same completion where the endpoint is deterministic. Cancelling through the signal
 * closes the connection, which frees the endpoint's slot.
 */
export interface Inference {
  /** One rollout. Waits for a free slot on the least loaded endpoint; retries what is retryable a few times by itself. */
  sample(request: SampleRequest, signal?: AbortSignal): Promise<Completion>
  /** The logprobs of a given completion under this model: one prefill, nothing generated. */
  score(request: ScoreRequest, signal?: AbortSignal): Promise<ScoredCompletion>
  /** Rollouts that can usefully be in flight at once, over all endpoints. */
  readonly slots: number
  close(): Promise<void>
}

export type SampleRequest = {
  readonly messages: readonly ChatMessage[]
  readonly sampling: Sampling
  readonly seed: number
  /** Appears in the endpoint's log. */
  readonly requestId: string
}

export type Completion = {
  readonly text: string
  readonly finish: 'stop' | 'length'
  readonly promptTokens: number
  readonly completionTokens: number
  /** Natural-log probabilities of the completion's tokens, the end token included when it was sampled; null when not offered. */
  readonly logprobs: readonly number[] | null
  /** URL of the endpoint that answered. */
  readonly endpoint: string
}

export type ScoreRequest = {
  readonly messages: readonly ChatMessage[]
  readonly completion: string
  readonly requestId: string
}

/** Logprobs of the completion's tokens alone. */
export type ScoredCompletion = { readonly logprobs: readonly number[] }

export interface InferenceDirectory {
  /** Opens a model by name. Nothing is contacted before the first call. */
  open(target: ServedModel): Inference
}

/**
 * `unreachable`: no connection, or it broke; `overloaded`: 429 or 503; `rejected`: the request itself is wrong (400, context
 * too long); `unknown-model`: 404; `unauthorized`: 401 or 403; `broken`: a 5xx, an aborted or malformed answer.
 */
export type InferenceFailure = 'unreachable' | 'overloaded' | 'rejected' | 'unknown-model' | 'unauthorized' | 'broken'

export class InferenceError extends PortError {
  readonly failure: InferenceFailure
  constructor(failure: InferenceFailure, message: string, options: { cause?: unknown } = {}) {
    super(message, {
      retryable: failure === 'unreachable' || failure === 'overloaded' || failure === 'broken',
      ...options,
    })
    this.failure = failure
  }
}
