import { mergePatch } from './merge-patch.ts'
import { type Recipe, RoundRecipe } from './recipe.ts'

/**
 * The recipe of one round: the overrides that name it, applied in their order as merge patches, so that null leaves a setting out and
 * lists are replaced whole. Throws where the outcome is not a recipe, which checkRecipe reports before.
 */
export function roundRecipe(recipe: Recipe, index: number): RoundRecipe {
  const { overrides, rounds: _rounds, ...base } = recipe
  const patches = overrides
    .filter((override) => override.rounds.includes(index))
    .map(({ rounds: _named, ...patch }) => patch)
  return RoundRecipe.parse(patches.reduce<unknown>(mergePatch, base))
}
