import { execFile } from 'node:child_process'
import { createHash } from 'node:crypto'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { Recipe } from '@ratchet/domain/recipe/recipe.ts'
import type { ApiClient } from '../api-client.ts'
import { readYamlFile } from '../read-yaml-file.ts'
import { makeProblems } from './chains.ts'
import { quickstartSizes } from './sizes.ts'

export type Prepared = {
  readonly recipe: Recipe
  /** The same seed and recipe give the same key, and so the same iteration. */
  readonly idempotencyKey: string
}

/** Uploads the quickstart's problems and demonstrations and completes its recipe. Doing it again changes nothing. */
export async function prepareQuickstart(
  client: ApiClient,
  { seed, recipeFile, baseModel }: { readonly seed: number; readonly recipeFile: string; readonly baseModel: string },
): Promise<Prepared> {
  const { demonstrations, pool, heldOut } = makeProblems(seed, quickstartSizes)
  const upload = async (name: string, rows: typeof pool) =>
    await client.uploadProblems(name, lines(rows.map((row) => row.problem)))
  const poolSet = await upload('quickstart-pool', pool)
  const heldOutSet = await upload('quickstart-heldout', heldOut)
  const demonstrated = await upload('quickstart-demonstrated', demonstrations)
  const demonstrationSet = await client.uploadDemonstrations(
    'quickstart-demonstrations',
    demonstrated.id,
    lines(demonstrations.map(({ problem, solution }) => ({ problemId: problem.id, text: solution }))),
  )
  const written = Recipe.parse(await readYamlFile(recipeFile))
  const [benchmark, ...others] = written.evaluate.benchmarks
  if (benchmark === undefined || others.length > 0) throw new Error(`${recipeFile} must have one benchmark`)
  const recipe: Recipe = {
    ...written,
    seed,
    baseModel,
    problems: poolSet.id,
    imitate: { from: 'demonstrations', demonstrationSet: demonstrationSet.id },
    evaluate: { ...written.evaluate, benchmarks: [{ ...benchmark, problemSet: heldOutSet.id }] },
  }
  const hash = createHash('sha256').update(JSON.stringify(recipe)).digest('hex')
  return { recipe, idempotencyKey: `quickstart-${seed}-${hash.slice(0, 16)}` }
}

/** Writes the configuration and tokenizer of the tiny model, without weights: they begin at random. Gives its directory. */
export async function makeBaseModel(
  python: string,
  { projectDirectory, dataDirectory }: { readonly projectDirectory: string; readonly dataDirectory: string },
): Promise<string> {
  const directory = join(dataDirectory, 'models', 'quickstart')
  const script = join(projectDirectory, 'infra/trainer/make_tiny_model.py')
  await promisify(execFile)(python, [script, '--kind', 'quickstart', '--out', directory])
  return directory
}

function lines(rows: readonly unknown[]): string {
  return rows.map((row) => `${JSON.stringify(row)}\n`).join('')
}
