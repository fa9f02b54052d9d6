import { Recipe } from '@ratchet/domain/recipe/recipe.ts'
import { IterationState } from '@ratchet/domain/round/iteration-state.ts'
import type { Iteration } from '@ratchet/ports/round-store.ts'
import { z } from 'zod'
import { RoundSummary } from './round.ts'

export const RecipeView = Recipe.meta({ id: 'Recipe' })

/** An iteration as lists show it. */
export const IterationSummary = z
  .strictObject({
    id: z.string(),
    name: z.string(),
    state: IterationState,
    reason: z.string().nullable(),
    problemSetId: z.string(),
    incumbentCheckpointId: z.string().nullable(),
    createdAt: z.iso.datetime(),
    finishedAt: z.iso.datetime().nullable(),
  })
  .meta({ id: 'IterationSummary' })
export type IterationSummary = z.infer<typeof IterationSummary>

export const IterationView = z
  .strictObject({ ...IterationSummary.shape, recipe: RecipeView, rounds: z.array(RoundSummary) })
  .meta({ id: 'Iteration' })
export type IterationView = z.infer<typeof IterationView>

export const IterationPage = z.strictObject({
  items: z.array(IterationSummary),
  /** Give it as `cursor` to read on; null at the end. */
  nextCursor: z.string().nullable(),
})
export type IterationPage = z.infer<typeof IterationPage>

export function iterationSummary(iteration: Iteration): IterationSummary {
  const { id, name, state, reason, problemSetId, incumbentCheckpointId } = iteration
  return {
    id,
    name,
    state,
    reason,
    problemSetId,
    incumbentCheckpointId,
    createdAt: iteration.createdAt.toISOString(),
    finishedAt: iteration.finishedAt?.toISOString() ?? null,
  }
}
