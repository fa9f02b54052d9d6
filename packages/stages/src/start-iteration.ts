import { checkRecipe, type RecipeProblem } from '@ratchet/domain/recipe/check-recipe.ts'
import type { Recipe } from '@ratchet/domain/recipe/recipe.ts'
import type { Iteration } from '@ratchet/ports/round-store.ts'
import type { World } from './world.ts'

export type StartOutcome =
  | { readonly ok: true; readonly iteration: Iteration; readonly created: boolean }
  | { readonly ok: false; readonly problems: readonly RecipeProblem[] }

/**
 * Checks a recipe, resolves the names in it and starts an iteration. The same idempotency key gives the iteration it
 * started before. All problems of the recipe are reported at once, unknown problem sets and benchmarks among them.
 */
export async function startIteration(
  world: World,
  input: unknown,
  options: { readonly idempotencyKey: string | null },
): Promise<StartOutcome> {
  const checked = checkRecipe(input)
  if (!checked.ok) return checked
  const resolved = await resolveRecipe(world, checked.recipe)
  if (!resolved.ok) return resolved
  const rounds = checkRecipe(resolved.recipe)
  if (!rounds.ok) return rounds
  const id = `it-${world.newId()}`
  const { iteration, created } = await world.rounds.createIteration({
    id,
    recipe: rounds.recipe,
    idempotencyKey: options.idempotencyKey,
    problemSetId: resolved.recipe.problems,
    rounds: rounds.rounds.map((recipe, index) => ({ id: `${id}-r${index}`, index, recipe })),
  })
  const [first] = await world.rounds.rounds(iteration.id)
  if (first !== undefined) await world.queue.enqueue([{ kind: 'advance-round', roundId: first.id }])
  return { ok: true, iteration, created }
}

type Resolution =
  | { readonly ok: true; readonly recipe: Recipe }
  | { readonly ok: false; readonly problems: readonly RecipeProblem[] }

/** Replaces the names of problem and demonstration sets by their ids, so that a newer set of the same name changes nothing. */
export async function resolveRecipe(world: World, recipe: Recipe): Promise<Resolution> {
  const problems: RecipeProblem[] = []
  const problemSetId = async (path: string, name: string): Promise<string> => {
    const set = await world.problems.find(name)
    if (set !== null) return set.id
    problems.push({
      path,
      message: `there is no problem set "${name}"`,
      remedy: 'upload it with POST /v1/problem-sets or `ratchet import`, or name one that GET /v1/problem-sets lists',
    })
    return name
  }
  const set = await problemSetId('problems', recipe.problems)
  const benchmarks = []
  for (const [index, benchmark] of recipe.evaluate.benchmarks.entries()) {
    const id = await problemSetId(`evaluate.benchmarks.${index}.problemSet`, benchmark.problemSet)
    benchmarks.push({ ...benchmark, problemSet: id })
  }
  let imitate = recipe.imitate
  if (imitate.from === 'demonstrations') {
    const found = await world.demonstrations.find(imitate.demonstrationSet)
    if (found === null)
      problems.push({
        path: 'imitate.demonstrationSet',
        message: `there is no demonstration set "${imitate.demonstrationSet}"`,
        remedy: 'import it with POST /v1/demonstration-sets or `ratchet import --demonstrations`',
      })
    else imitate = { ...imitate, demonstrationSet: found.id }
  }
  if (problems.length > 0) return { ok: false, problems }
  return { ok: true, recipe: { ...recipe, problems: set, imitate, evaluate: { ...recipe.evaluate, benchmarks } } }
}
