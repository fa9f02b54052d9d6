import type { ServedModel } from '@ratchet/domain/recipe/recipe.ts'

/** Serves checkpoints under versioned names, several at once. */
export interface Serving {
  /** Idempotent by name: starts or loads when absent, else only looks. `ready` only after the canary's logprobs were reproduced. */
  ensure(deployment: DeploymentRequest): Promise<DeploymentReport>
  /** Takes the name out of service once its running requests are done. Unknown is fine. */
  release(name: string): Promise<void>
  /** Where each server is a job of a cluster. */
  readonly jobs?: ServerJobs
  close(): Promise<void>
}

export interface ServerJobs {
  /**
   * Whether the cluster would take the job of such a server, starting none. Throws PortError: for good when it would be refused, retryable
   * when nobody can tell now.
   */
  check(server: ServerOutline): Promise<void>
  /** The script or manifest that the cluster would be handed. */
  preview(server: ServerOutline): string
}

export type ServerOutline = Pick<DeploymentRequest, 'name' | 'path'>

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
