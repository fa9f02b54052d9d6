import type { RoundRecipe } from '@ratchet/domain/recipe/recipe.ts'
import type { StageName } from '@ratchet/domain/round/stage-name.ts'
import type { Iteration, Round, ShardClaim, ShardProgress } from '@ratchet/ports/round-store.ts'
import type { z } from 'zod'
import type { World } from './world.ts'

/** What a stage knows about its round. */
export type StageContext = {
  readonly world: World
  readonly iteration: Iteration
  readonly round: Round
  readonly recipe: RoundRecipe
}

/** What one run of a shard is given besides its input. */
export type ShardRun = {
  readonly claim: ShardClaim
  /** Aborted when the claim is lost, the iteration is paused or cancelled, or the worker shuts down. */
  readonly signal: AbortSignal
  readonly progress: (progress: ShardProgress) => void
}

export type ShardEnd<Result> =
  | { readonly kind: 'done'; readonly result: Result }
  /** Nothing to do until `retryInSeconds` have passed: no worker slot is held, no failure counted. */
  | Waiting

export type Waiting = {
  readonly kind: 'waiting'
  readonly retryInSeconds: number
  readonly reason: string
  /** The wait fails the shard when it has lasted so long without progress; left out where something else bounds it. */
  readonly limitSeconds?: number
  /** Something was achieved since the last look, so the wait begins anew. */
  readonly progressed?: boolean
}

export type StageEnd<Output> = {
  /** Kept with the round under the stage's name; small, for people and later stages. */
  readonly output: Output
  readonly candidateCheckpointId?: string
  /** The gate's word; only `evaluate` gives it. */
  readonly accepted?: boolean
}

/**
 * A stage: `plan` divides it into shards, `run` does one, `finish` looks at all results. Each may run twice with the same
 * input and must then leave the same result behind.
 */
export type StageDefinition<Input, Result, Output> = {
  readonly name: StageName
  readonly input: z.ZodType<Input>
  readonly result: z.ZodType<Result>
  readonly output: z.ZodType<Output>
  readonly plan: (context: StageContext) => Promise<readonly Input[]>
  readonly run: (context: StageContext, input: Input, shard: ShardRun) => Promise<ShardEnd<Result>>
  readonly finish: (context: StageContext, results: readonly Result[]) => Promise<StageEnd<Output>>
  /** Lets what the stage started outside rest, such as a training job, until the stage runs again. May come many times. */
  readonly pause?: (context: StageContext) => Promise<void>
  /** Stops what the stage started outside, such as a training job. */
  readonly cancel?: (context: StageContext) => Promise<void>
}

/** A stage as the driver sees it: inputs and results come from Postgres and are parsed before the stage's body sees them. */
export type Stage = {
  readonly name: StageName
  readonly plan: (context: StageContext) => Promise<readonly unknown[]>
  readonly run: (context: StageContext, input: unknown, shard: ShardRun) => Promise<ShardEnd<unknown>>
  readonly finish: (context: StageContext, results: readonly unknown[]) => Promise<StageEnd<unknown>>
  readonly pause: (context: StageContext) => Promise<void>
  readonly cancel: (context: StageContext) => Promise<void>
}

export type DefinedStage<Output> = Stage & {
  /** What the stage reported for this round; throws when it has not finished, which is a bug of the driver. */
  readonly outputOf: (round: Round) => Output
}

export function defineStage<Input, Result, Output>(
  definition: StageDefinition<Input, Result, Output>,
): DefinedStage<Output> {
  const { name, input, result, output, plan, run, finish, pause, cancel } = definition
  return {
    name,
    plan,
    run: (context, raw, shard) => run(context, input.parse(raw), shard),
    finish: (context, results) =>
      finish(
        context,
        results.map((each) => result.parse(each)),
      ),
    pause: pause ?? (async () => {}),
    cancel: cancel ?? (async () => {}),
    outputOf: (round) => output.parse(round.results[name]),
  }
}

/** Ends a round for a reason an operator can act on. Trying again would not help. */
export class StageFailed extends Error {
  override readonly name = 'StageFailed'
}
