import type { Recipe } from '@ratchet/domain/recipe/recipe.ts'
import { z } from 'zod'

/** The headers of a request that may be repeated; `never` says what its key keeps from happening. */
export function idempotencyHeaders(never: string) {
  return z.looseObject({
    'idempotency-key': z
      .string()
      .min(1)
      .max(255)
      .optional()
      .describe(`Repeating a request with the same key never ${never}.`),
  })
}

/**
 * Whether two recipes ask for the same. Names of sets are left out of it: by the time a request is repeated a name may mean a
 * newer set, and the iteration that was started keeps the old one.
 */
export function sameRecipe(one: Recipe, other: Recipe): boolean {
  return sameJson(nameless(one), nameless(other))
}

function nameless(recipe: Recipe): unknown {
  const imitate = recipe.imitate.from === 'demonstrations' ? { from: 'demonstrations' } : recipe.imitate
  const benchmarks = recipe.evaluate.benchmarks.map(({ problemSet: _problemSet, ...rest }) => rest)
  return { ...recipe, problems: null, imitate, evaluate: { ...recipe.evaluate, benchmarks } }
}

/** Whether two values are the same JSON, whatever the order of their keys. */
export function sameJson(one: unknown, other: unknown): boolean {
  return JSON.stringify(sorted(one)) === JSON.stringify(sorted(other))
}

/** The same value with all keys in one order, since a database may have changed theirs. */
function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted)
  if (typeof value !== 'object' || value === null) return value
  const entries = Object.entries(value).filter(([, each]) => each !== undefined)
  return Object.fromEntries(entries.sort(([a], [b]) => (a < b ? -1 : 1)).map(([key, each]) => [key, sorted(each)]))
}
