import { Recipe, RoundRecipe } from '@ratchet/domain/recipe/recipe.ts'
import type { NewIteration } from '../round-store.ts'

const recipe = Recipe.parse({
  name: 'contract',
  baseModel: '/models/base',
  problems: 'any',
  rounds: 1,
  imitate: { from: 'demonstrations', demonstrationSet: 'any' },
  train: { sft: { learningRate: 0.001, maxSteps: 1 } },
  evaluate: { benchmarks: [{ name: 'held-out', problemSet: 'any' }] },
})
const { overrides: _overrides, rounds: _rounds, ...rest } = recipe
const roundRecipe = RoundRecipe.parse(rest)

/** An iteration of two rounds of a small recipe, as `createIteration` takes it. */
export function newIteration(id: string, problemSetId: string, idempotencyKey: string | null = null): NewIteration {
  const rounds = [0, 1].map((index) => ({ id: `${id}-r${index}`, index, recipe: roundRecipe }))
  return { id, recipe, idempotencyKey, problemSetId, rounds }
}
