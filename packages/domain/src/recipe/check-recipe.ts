import { checkCurationRules } from './check-curation-rules.ts'
import { checkRound } from './check-round.ts'
import { checkWhole } from './check-whole.ts'
import { explainIssues } from './explain-issues.ts'
import { mergePatch } from './merge-patch.ts'
import { at, isTree, listAt, numberAt } from './read-tree.ts'
import { Curate, Explore, Recipe, RoundRecipe, Score, Train } from './recipe.ts'
import type { RecipeProblem } from './recipe-problem.ts'
import { roundRecipe } from './round-recipe.ts'

export type { RecipeProblem } from './recipe-problem.ts'

/** `rounds` holds the recipes of rounds 0 to R, in that order. */
export type CheckedRecipe =
  | { readonly ok: true; readonly recipe: Recipe; readonly rounds: readonly RoundRecipe[] }
  | { readonly ok: false; readonly problems: readonly RecipeProblem[] }

/**
 * Checks a recipe as a person wrote it and reports all that is wrong with it at once: fields, relations between fields, and both for
 * every round after its overrides. One mistake does not hide another, as far as the other can be judged without it.
 */
export function checkRecipe(input: unknown): CheckedRecipe {
  const problems = [...explainIssues(Recipe, input)]
  if (isTree(input)) {
    problems.push(...checkWhole(input))
    problems.push(...checkRounds(input, new Set(problems.map(keyOf))))
  }
  const parsed = Recipe.safeParse(input)
  if (problems.length > 0 || !parsed.success) return { ok: false, problems }
  const recipe = parsed.data
  return {
    ok: true,
    recipe,
    rounds: Array.from({ length: recipe.rounds + 1 }, (_, index) => roundRecipe(recipe, index)),
  }
}

/** Checks a curate section by itself, as a re-curation gives it. Paths begin inside the section. */
export function checkCurate(
  input: unknown,
):
  | { readonly ok: true; readonly curate: Curate }
  | { readonly ok: false; readonly problems: readonly RecipeProblem[] } {
  const problems = [...explainIssues(Curate, input), ...checkCurationRules(input)]
  const parsed = Curate.safeParse(input)
  return problems.length > 0 || !parsed.success ? { ok: false, problems } : { ok: true, curate: parsed.data }
}

const Overridable = RoundRecipe.pick({ explore: true, score: true, curate: true, train: true })

/** What holds for a section that is left out. */
const defaults = {
  thoughtFormat: 'think',
  explore: Explore.parse({}),
  score: Score.parse({}),
  curate: Curate.parse({}),
  train: Train.parse({}),
}

type Override = { readonly position: number; readonly rounds: readonly unknown[]; readonly patch: unknown }

/** Problems of every round; the same one in all rounds is told once, else it says in which. */
function checkRounds(input: unknown, known: ReadonlySet<string>): readonly RecipeProblem[] {
  const overrides = overridesOf(input)
  const indices = roundIndices(input, overrides)
  const found = new Map<string, { readonly problem: RecipeProblem; readonly rounds: number[] }>()
  for (const index of indices) {
    const applied = overrides.filter((override) => override.rounds.includes(index))
    const recipe = applied.reduce<unknown>((tree, { patch }) => mergePatch(tree, patch), input)
    const problems = [
      ...(applied.length === 0 ? [] : explainIssues(Overridable, sectionsOf(recipe))),
      ...checkRound({ index, recipe: mergePatch(defaults, recipe) }),
    ]
    for (const problem of problems) {
      if (known.has(keyOf(problem))) continue
      const placed = { ...problem, path: pathInOverride(problem.path, applied) }
      const same = found.get(keyOf(placed))
      if (same === undefined) found.set(keyOf(placed), { problem: placed, rounds: [index] })
      else same.rounds.push(index)
    }
  }
  return [...found.values()].map(({ problem, rounds }) =>
    rounds.length === indices.length ? problem : { ...problem, message: `${problem.message} (${inRounds(rounds)})` },
  )
}

function overridesOf(input: unknown): readonly Override[] {
  return listAt(input, 'overrides').map((override, position) => {
    const sections = Object.keys(Overridable.shape).map((name) => [name, at(override, name)] as const)
    const patch = Object.fromEntries(sections.filter(([, section]) => isTree(section)))
    return { position, rounds: listAt(override, 'rounds'), patch }
  })
}

/** All rounds where their number is known, else those that the overrides name. */
function roundIndices(input: unknown, overrides: readonly Override[]): readonly number[] {
  const last = numberAt(input, 'rounds')
  const highest = Recipe.shape.rounds.safeParse(last)
  if (highest.success) return Array.from({ length: highest.data + 1 }, (_, index) => index)
  const named = overrides.flatMap(({ rounds }) => rounds.flatMap((round) => (typeof round === 'number' ? round : [])))
  return [...new Set([0, ...named])]
}

function sectionsOf(recipe: unknown): unknown {
  const sections = Object.keys(Overridable.shape).map((name) => [name, at(recipe, name)] as const)
  return Object.fromEntries(sections.filter(([, section]) => section !== undefined))
}

/** The path where the last override that sets it does so, or the path itself. */
function pathInOverride(path: string, applied: readonly Override[]): string {
  const keys = path.split('.')
  const setter = applied.findLast(({ patch }) => keys.some((_, end) => isSetAt(patch, keys.slice(0, end + 1), path)))
  return setter === undefined ? path : `overrides.${setter.position}.${path}`
}

function isSetAt(patch: unknown, keys: readonly string[], path: string): boolean {
  const value = at(patch, keys.join('.'))
  return value !== undefined && (keys.join('.') === path || !isTree(value))
}

function inRounds(rounds: readonly number[]): string {
  return rounds.length === 1 ? `in round ${rounds[0]}` : `in rounds ${rounds.join(', ')}`
}

function keyOf({ path, message }: RecipeProblem): string {
  return `${path}\n${message}`
}
