import { checkSlurmOptions } from './check-slurm-options.ts'
import { checkVolumes } from './check-volumes.ts'
import { at, listAt, textAt } from './read-tree.ts'
import type { RecipeProblem } from './recipe-problem.ts'

const meanings = { '{path}': "the checkpoint's directory", '{name}': "the model's name", '{port}': 'the port' }

/** What is wrong between fields of the serving. Fields that are missing or of the wrong kind are passed over. */
export function checkServing(recipe: unknown): readonly RecipeProblem[] {
  const serving = at(recipe, 'serving')
  const cluster = at(serving, 'cluster')
  return [
    ...checkCommand(serving),
    ...checkVolumes(cluster, 'serving.cluster'),
    ...checkSlurmOptions(cluster, 'serving.cluster'),
  ]
}

/** Each checkpoint gets a server of its own, which must be told what it serves and where. */
function checkCommand(serving: unknown): readonly RecipeProblem[] {
  const backend = textAt(serving, 'backend')
  const words = listAt(serving, 'command').filter((word) => typeof word === 'string')
  if ((backend !== 'command' && backend !== 'job') || words.length === 0) return []
  const problems = Object.entries(meanings)
    .filter(([place]) => !words.some((word) => word.includes(place)))
    .map(([place, meaning]) => ({
      path: 'serving.command',
      message: `nothing in it says ${place}, so that the server is not told ${meaning}`,
      remedy: `write ${place} where the command takes it, as in --model {path} --served-model-name {name} --port {port}`,
    }))
  if (backend === 'job' && words.some((word) => /^(--host=)?(127\.0\.0\.1|localhost|::1)$/.test(word)))
    problems.push({
      path: 'serving.command',
      message: 'the server listens on loopback, where the worker cannot reach it',
      remedy: 'let it listen on the address of its node, as by --host 0.0.0.0, on a private network',
    })
  return problems
}
