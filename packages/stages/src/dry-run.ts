import type { ChatMessage } from '@ratchet/domain/dataset-version.ts'
import type { RecipeProblem } from '@ratchet/domain/recipe/check-recipe.ts'
import type { RoundRecipe } from '@ratchet/domain/recipe/recipe.ts'
import { renderPrompt } from '@ratchet/domain/render-prompt.ts'
import { PortError } from '@ratchet/ports/port-error.ts'
import { askCluster, type ClusterAnswer } from './ask-cluster.ts'
import { resolveRecipe } from './start-iteration.ts'
import type { World } from './world.ts'

export type DryRun = {
  readonly rounds: number
  /** Problems to explore. */
  readonly problemCount: number
  readonly firstPrompt: readonly ChatMessage[]
  /** Each way in which the rounds train. */
  readonly training: readonly DryJob[]
  /** Each way in which they serve their policies in jobs; empty where no server is one. */
  readonly servers: readonly DryJob[]
  /** Upper bounds over all rounds, evaluation included. */
  readonly estimates: { readonly maxRollouts: number; readonly maxCompletionTokens: number }
}

export type DryJob = {
  /** The script, manifest or command, with ROUND-ID for the round's id and CHECKPOINT for what differs between its servers. */
  readonly submitted: string
  /** Whether the cluster would take it, asked from this process, which may reach less than a worker. */
  readonly answer: ClusterAnswer
}

export type DryRunOutcome =
  | ({ readonly ok: true } & DryRun)
  | { readonly ok: false; readonly problems: readonly RecipeProblem[] }

/** Resolves a recipe as starting it would and bounds what it can come to. Starts nothing, and asks the clusters but no model. */
export async function dryRun(world: World, input: unknown): Promise<DryRunOutcome> {
  const resolved = await resolveRecipe(world, input)
  if (!resolved.ok) return resolved
  const { recipe, rounds } = resolved
  const set = await world.problems.find(recipe.problems)
  const [first] = await world.problems.problems(recipe.problems, { offset: 0, limit: 1 })
  if (set === null || first === undefined)
    return {
      ok: false,
      problems: [
        { path: 'problems', message: 'the problem set is empty', remedy: 'upload one with at least one problem' },
      ],
    }
  const benchmarks = await Promise.all(
    recipe.evaluate.benchmarks.map(async (benchmark) => {
      const problems = (await world.problems.find(benchmark.problemSet))?.count ?? 0
      return bound(problems * benchmark.samples, benchmark.sampling.maxTokens)
    }),
  )
  const bounds = rounds.flatMap((round, index) => [explorationBound(round, index, set.count), ...benchmarks])
  return {
    ok: true,
    rounds: rounds.length,
    problemCount: set.count,
    firstPrompt: renderPrompt(recipe.prompt, first),
    training: await told(rounds.map((round) => previewedTraining(world, round))),
    servers: await told(rounds.map((round) => previewedServer(world, round))),
    estimates: {
      maxRollouts: sum(bounds.map(({ rollouts }) => rollouts)),
      maxCompletionTokens: sum(bounds.map(({ tokens }) => tokens)),
    },
  }
}

/** Each one once, with the cluster's answer. */
async function told(previews: readonly Promise<Previewed | null>[]): Promise<DryJob[]> {
  const all = (await Promise.all(previews)).filter((each) => each !== null)
  const distinct = all.filter(({ submitted }, index) => all.findIndex((each) => each.submitted === submitted) === index)
  return await Promise.all(distinct.map(async ({ submitted, ask }) => ({ submitted, answer: await ask() })))
}

type Previewed = { readonly submitted: string; readonly ask: () => Promise<ClusterAnswer> }

function previewedTraining(world: World, { cluster: choice, baseModel }: RoundRecipe): Promise<Previewed> {
  return previewed(async () => {
    const cluster = await world.cluster(choice)
    const { timeLimitMinutes } = choice
    const job = { id: 'ROUND-ID', timeLimitMinutes, startPath: baseModel }
    return {
      submitted: cluster.preview(job.id, timeLimitMinutes),
      ask: () => askCluster(() => cluster.check(job), world.clock),
    }
  })
}

async function previewedServer(
  world: World,
  { serving: choice, name, baseModel }: RoundRecipe,
): Promise<Previewed | null> {
  if (choice.backend !== 'job') return null
  return await previewed(async () => {
    const { jobs } = await world.serving(choice)
    if (jobs === undefined) return null
    const server = { name: `${name}-CHECKPOINT`, path: baseModel }
    return { submitted: jobs.preview(server), ask: () => askCluster(() => jobs.check(server), world.clock) }
  })
}

/** What cannot be shown says why, as when the credentials of a cluster are the worker's alone. */
async function previewed<T extends Previewed | null>(show: () => Promise<T>): Promise<T | Previewed> {
  try {
    return await show()
  } catch (error) {
    if (!(error instanceof PortError)) throw error
    const { message: reason } = error
    return { submitted: `cannot be shown here: ${reason}`, ask: async () => ({ kind: 'unknown', reason }) }
  }
}

type Bound = { readonly rollouts: number; readonly tokens: number }

function explorationBound({ explore, imitate }: RoundRecipe, index: number, problems: number): Bound {
  if (index === 0 && imitate.from === 'demonstrations') return bound(0, 0)
  return bound(problems * explore.cap, explore.sampling.maxTokens)
}

function bound(rollouts: number, maxTokens: number): Bound {
  return { rollouts, tokens: rollouts * maxTokens }
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0)
}
