import type { ServedModel } from '@ratchet/domain/recipe/recipe.ts'

/** Serves checkpoints under versioned names, several at once. */
export interface Serving {
  /** Idempotent by name: starts or loads when absent, else only looks. `ready` only after the canary's logprobs were reproduced. */
  ensure(deployment: DeploymentRequest): Promise<DeploymentReport>
  /** Takes the name out of service once its running requests are done. Unknown is fine. */
  release(name: string): Promise<void>
  close(): Promise<void>
}

export type DeploymentRequest = {
  readonly name: string
  readonly path: string
  /** Token ids and logprobs of a fixed text under these weights, from the checkpoint's manifest; null for an untrained base model. */
  readonly canary: Canary | null
}

export type Canary = {
  readonly text: string
  readonly tokenIds: readonly number[]
  readonly logprobs: readonly (number | null)[]
}

export type DeploymentReport =
  | { readonly state: 'starting'; readonly reason: string }
  | { readonly state: 'ready'; readonly served: ServedModel }
  | { readonly state: 'failed'; readonly reason: string }
