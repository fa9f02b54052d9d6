import { checkCluster } from './check-cluster.ts'
import { checkServing } from './check-serving.ts'
import { listAt, numberAt, textAt } from './read-tree.ts'
import type { RecipeProblem } from './recipe-problem.ts'

/** What is wrong between fields that no round overrides. Fields that are missing or of the wrong kind are passed over. */
export function checkWhole(recipe: unknown): readonly RecipeProblem[] {
  return [
    ...checkBenchmarks(recipe),
    ...checkGate(recipe),
    ...checkOverriddenRounds(recipe),
    ...checkCluster(recipe),
    ...checkServing(recipe),
  ]
}

function checkBenchmarks(recipe: unknown): readonly RecipeProblem[] {
  const benchmarks = listAt(recipe, 'evaluate.benchmarks')
  return benchmarks.flatMap((benchmark, index) => {
    const path = `evaluate.benchmarks.${index}`
    const name = textAt(benchmark, 'name')
    const problemSet = textAt(benchmark, 'problemSet')
    const samples = numberAt(benchmark, 'samples')
    const temperature = numberAt(benchmark, 'sampling.temperature') ?? 0
    const problems: RecipeProblem[] = []
    if (name !== undefined && benchmarks.findIndex((each) => textAt(each, 'name') === name) < index)
      problems.push({
        path: `${path}.name`,
        message: `another benchmark is already named "${name}"`,
        remedy: 'give each benchmark a name of its own',
      })
    if (problemSet !== undefined && benchmarks.findIndex((each) => textAt(each, 'problemSet') === problemSet) < index)
      problems.push({
        path: `${path}.problemSet`,
        message: `another benchmark already attempts "${problemSet}", and attempts are told apart by their problem set`,
        remedy: 'keep one of the two, with as many samples as are needed',
      })
    if (problemSet !== undefined && problemSet === textAt(recipe, 'problems'))
      problems.push({
        path: `${path}.problemSet`,
        message: `"${problemSet}" is also what is explored, so this benchmark is not held out`,
        remedy: 'evaluate on other problems than those trained on',
      })
    if (samples !== undefined && samples > 1 && temperature === 0)
      problems.push({
        path: `${path}.samples`,
        message: `at temperature 0 all ${samples} attempts at a problem are the same one`,
        remedy: "raise the benchmark's sampling.temperature, or set samples to 1",
      })
    return problems
  })
}

function checkGate(recipe: unknown): readonly RecipeProblem[] {
  const gate = textAt(recipe, 'evaluate.gate.benchmark')
  const names = listAt(recipe, 'evaluate.benchmarks').flatMap((benchmark) => textAt(benchmark, 'name') ?? [])
  if (gate === undefined || names.length === 0 || names.includes(gate)) return []
  return [
    {
      path: 'evaluate.gate.benchmark',
      message: `there is no benchmark named "${gate}"`,
      remedy: `name one of ${names.join(', ')}, or leave it out for the first`,
    },
  ]
}

function checkOverriddenRounds(recipe: unknown): readonly RecipeProblem[] {
  const last = numberAt(recipe, 'rounds')
  if (last === undefined) return []
  return listAt(recipe, 'overrides').flatMap((override, index) =>
    listAt(override, 'rounds').flatMap((round, position) => {
      if (typeof round !== 'number' || round <= last) return []
      return [
        {
          path: `overrides.${index}.rounds.${position}`,
          message: `there is no round ${round}: the rounds are 0 to ${last}`,
          remedy: 'name only rounds that exist, or raise rounds',
        },
      ]
    }),
  )
}
