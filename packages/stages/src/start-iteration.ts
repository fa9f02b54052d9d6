import { type CheckedRecipe, checkRecipe, type RecipeProblem } from '@ratchet/domain/recipe/check-recipe.ts'
import type { Recipe } from '@ratchet/domain/recipe/recipe.ts'
import type { Iteration } from '@ratchet/ports/round-store.ts'
import type { World } from './world.ts'

export type StartOutcome =
  | { readonly ok: true; readonly iteration: Iteration; readonly created: boolean }
  | { readonly ok: false; readonly problems: readonly RecipeProblem[] }

/**
 * Checks a recipe, resolves the names in it and starts an iteration. The same idempotency key gives the iteration it
 * started before. All that is wrong with the recipe itself is told at once; when nothing is, all unknown names in it are.
 */
export async function startIteration(
  world: World,
  input: unknown,
  options: { readonly idempotencyKey: string | null },
): Promise<StartOutcome> {
  const resolved = await resolveRecipe(world, input)
  if (!resolved.ok) return resolved
  const { recipe, rounds } = resolved
  const id = `it-${world.newId()}`
  const { iteration, created } = await world.rounds.createIteration({
    id,
    recipe,
    idempotencyKey: options.idempotencyKey,
    problemSetId: recipe.problems,
    rounds: rounds.map((each, index) => ({ id: `${id}-r${index}`, index, recipe: each })),
  })
  const [first] = await world.rounds.rounds(iteration.id)
  if (first !== undefined) await world.queue.enqueue([{ kind: 'advance-round', roundId: first.id }])
  return { ok: true, iteration, created }
}

/**
 * Checks a recipe and replaces the names of problem and demonstration sets in it by their ids, so that a newer set of the same name
 * changes nothing.
 */
export async function resolveRecipe(world: World, input: unknown): Promise<CheckedRecipe> {
  const checked = checkRecipe(input)
  if (!checked.ok) return checked
  const { recipe } = checked
  const problems = await misnamed(world, recipe)
  if (problems.length > 0) return { ok: false, problems }
  const idOf = async (name: string) => (await world.problems.find(name))?.id ?? name
  const benchmarks = []
  for (const benchmark of recipe.evaluate.benchmarks)
    benchmarks.push({ ...benchmark, problemSet: await idOf(benchmark.problemSet) })
  let imitate = recipe.imitate
  if (imitate.from === 'demonstrations') {
    const found = await world.demonstrations.find(imitate.demonstrationSet)
    imitate = { ...imitate, demonstrationSet: found?.id ?? imitate.demonstrationSet }
  }
  const evaluate = { ...recipe.evaluate, benchmarks }
  // Two names may have been of one set.
  return checkRecipe({ ...recipe, problems: await idOf(recipe.problems), imitate, evaluate })
}

/** Names in a recipe that nothing bears, or that must not stand where they do, and a judge that is missing. */
async function misnamed(
  world: World,
  { problems, imitate, evaluate, verification }: Recipe,
): Promise<readonly RecipeProblem[]> {
  const unknown: RecipeProblem[] = []
  const sets = evaluate.benchmarks.map((benchmark, index) => [
    `evaluate.benchmarks.${index}.problemSet`,
    benchmark.problemSet,
  ])
  for (const [path = '', name = ''] of [['problems', problems], ...sets])
    if ((await world.problems.find(name)) === null)
      unknown.push({
        path,
        message: `there is no problem set "${name}"`,
        remedy:
          'upload it with POST /v1/problem-sets or `ratchet import problems`, or name one that GET /v1/problem-sets lists',
      })
  if (verification?.judge === undefined)
    for (const name of new Set([problems, ...evaluate.benchmarks.map(({ problemSet }) => problemSet)])) {
      const set = await world.problems.find(name)
      if (set === null || !(await world.problems.kinds(set.id)).includes('judge')) continue
      unknown.push({
        path: 'verification.judge',
        message: `"${name}" has problems that a judge decides, and no judge is named`,
        remedy: 'add verification.judge with its model and endpoints',
      })
    }
  if (imitate.from !== 'demonstrations') return unknown
  const { demonstrationSet } = imitate
  const demonstrated = await world.demonstrations.find(demonstrationSet)
  for (const [path = '', name = ''] of sets)
    if (demonstrated !== null && (await world.problems.find(name))?.id === demonstrated.problemSetId)
      unknown.push({
        path,
        message: `the demonstrations "${demonstrationSet}" solve "${name}", so this benchmark is not held out`,
        remedy: 'evaluate on other problems than those demonstrated',
      })
  if (demonstrated === null)
    unknown.push({
      path: 'imitate.demonstrationSet',
      message: `there is no demonstration set "${demonstrationSet}"`,
      remedy: 'import it with POST /v1/demonstration-sets or `ratchet import demonstrations`',
    })
  return unknown
}
