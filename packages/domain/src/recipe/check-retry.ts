import { z } from 'zod'
import { checkRecipe } from './check-recipe.ts'
import { ClusterChoice } from './cluster-choice.ts'
import { isTree } from './read-tree.ts'
import { Patience, type Recipe, type RoundRecipe, ServingChoice } from './recipe.ts'
import type { RecipeProblem } from './recipe-problem.ts'

/**
 * What a retry may change of how a round runs; each section whole, in place of the one before. What a round learns from, and by what it
 * is judged, stays, so that what it has done stays valid.
 */
export const RetryChanges = z.strictObject({
  cluster: ClusterChoice.optional(),
  serving: ServingChoice.optional(),
  patience: Patience.optional(),
})
export type RetryChanges = z.infer<typeof RetryChanges>

const changeable = ['cluster', 'serving', 'patience'] as const

export type CheckedRetry =
  | { readonly ok: true; readonly changes: RetryChanges }
  | { readonly ok: false; readonly problems: readonly RecipeProblem[] }

/**
 * Checks the changes of a retry together with everything else in the recipe. `round` is the failed round's recipe, which earlier retries
 * may have changed. The changes come back with their defaults.
 */
export function checkRetry(recipe: Recipe, round: RoundRecipe, input: unknown): CheckedRetry {
  if (!isTree(input))
    return { ok: false, problems: [{ path: '', message: 'must be an object with settings', remedy: whatMayChange }] }
  const problems = Object.keys(input).flatMap((key): RecipeProblem[] =>
    changeable.some((each) => each === key)
      ? []
      : [{ path: key, message: 'a retry cannot change this', remedy: whatMayChange }],
  )
  const given = changeable.filter((key) => input[key] !== undefined)
  const { cluster, serving, patience } = round
  const changed = Object.fromEntries(given.map((key) => [key, input[key]]))
  const checked = given.length === 0 ? null : checkRecipe({ ...recipe, cluster, serving, patience, ...changed })
  if (checked?.ok === false) problems.push(...checked.problems)
  if (problems.length > 0) return { ok: false, problems }
  if (checked?.ok !== true) return { ok: true, changes: {} }
  const whole = checked.recipe
  return { ok: true, changes: RetryChanges.parse(Object.fromEntries(given.map((key) => [key, whole[key]]))) }
}

const whatMayChange =
  'change how it runs, with cluster, serving and patience; for what it learns from or is judged by, start a new iteration'
