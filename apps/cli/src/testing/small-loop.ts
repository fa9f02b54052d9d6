import { execFileSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { IterationView } from '@ratchet/api/schemas/iteration.ts'
import type { ServingChoice } from '@ratchet/domain/recipe/recipe.ts'
import { isOver } from '@ratchet/domain/round/iteration-state.ts'
import { sourceFile } from '@ratchet/installation/source-file.ts'
import type { ApiClient } from '../api-client.ts'
import { ApiUnreachable } from '../api-error.ts'
import { makeProblems } from '../quickstart/chains.ts'

/** Enough for a tiny model to solve some problems and not others. */
export const smallProblems = makeProblems(7, { demonstrations: [120, 40], pool: [80, 60], heldOut: [40, 20] })

export type SmallLoop = {
  readonly imitate?: unknown
  readonly serving?: ServingChoice
  readonly rounds?: number
}

/** A recipe of two self-improvement rounds, the second with DPO, over few problems that are uploaded first. */
export async function smallRecipe(client: ApiClient, python: string, directory: string, loop: SmallLoop = {}) {
  const upload = (name: string, rows: typeof smallProblems.pool) =>
    client.uploadProblems(name, rows.map((row) => `${JSON.stringify(row.problem)}\n`).join(''))
  const pool = await upload('small-pool', smallProblems.pool)
  const heldOut = await upload('small-heldout', smallProblems.heldOut)
  const demonstrated = await upload('small-demonstrated', smallProblems.demonstrations)
  const demonstrations = smallProblems.demonstrations.map(({ problem, solution }) => ({
    problemId: problem.id,
    text: solution,
  }))
  const set = await client.uploadDemonstrations(
    'small-demonstrations',
    demonstrated.id,
    demonstrations.map((each) => `${JSON.stringify(each)}\n`).join(''),
  )
  const hyperparameters = { batchSize: 16, learningRate: 0.002, maxLength: 96, dtype: 'float32' }
  const rounds = loop.rounds ?? 2
  return {
    name: 'small',
    seed: 5,
    baseModel: baseModel(python, directory),
    problems: pool.id,
    rounds,
    imitate: loop.imitate ?? { from: 'demonstrations', demonstrationSet: set.id },
    explore: { accept: 1, cap: 6, shardSize: 70, sampling: { temperature: 1, maxTokens: 40 } },
    curate: { rules: [{ rule: 'correct' }, { rule: 'format' }, { rule: 'exact-duplicate' }] },
    train: { method: 'sft', sft: { ...hyperparameters, maxSteps: 150 }, checkpointEverySteps: 25 },
    evaluate: {
      benchmarks: [{ name: 'held-out', problemSet: heldOut.id, sampling: { temperature: 0, maxTokens: 40 } }],
      // The loop goes on with whatever was trained.
      gate: { margin: 1 },
    },
    cluster: { backend: 'local', device: 'cpu', threads: 1 },
    ...(loop.serving === undefined ? {} : { serving: loop.serving }),
    overrides:
      rounds < 2
        ? []
        : [
            {
              rounds: [2],
              curate: { preference: { pairsPerProblem: 1 } },
              train: {
                method: 'dpo',
                start: 'incumbent',
                dpo: { ...hyperparameters, learningRate: 0.00002, maxSteps: 30, sftWeight: 1 },
              },
            },
          ],
  }
}

function baseModel(python: string, directory: string): string {
  const out = join(directory, 'models', 'small')
  if (!existsSync(out))
    execFileSync(python, [sourceFile('infra/trainer/make_tiny_model.py'), '--kind', 'quickstart', '--out', out])
  return out
}

/** Looks until the iteration is over; a server that is away is waited for. */
export async function untilOver(
  client: ApiClient,
  iterationId: string,
  onLook: (iteration: IterationView) => void = () => {},
): Promise<IterationView> {
  for (;;) {
    try {
      const iteration = await client.iteration(iterationId)
      onLook(iteration)
      if (isOver(iteration.state)) return iteration
    } catch (error) {
      if (!(error instanceof ApiUnreachable)) throw error
    }
    await sleep(250)
  }
}

/** Asks for what an iteration that is over still serves to be taken out of service, and waits until it is. */
export async function releaseWhole(client: ApiClient, iterationId: string): Promise<void> {
  await client.release(iterationId)
  for (let tries = 0; tries < 480; tries += 1) {
    if ((await client.deployments(iterationId)).every(({ state }) => state === 'released')) return
    await sleep(250)
  }
  throw new Error(`it still serves ${JSON.stringify(await client.deployments(iterationId))}`)
}

/** What must be the same in two runs with the same recipe: states, gate decisions, dataset versions, names of the policies. */
export async function outcomeOf(client: ApiClient, iteration: IterationView) {
  const datasets = await client.datasets({ iterationId: iteration.id })
  return iteration.rounds.map(({ id, index, state, results }) => ({
    index,
    state,
    evaluate: results['evaluate'],
    deployed: (results['deploy'] as { model?: string } | undefined)?.model,
    datasets: datasets
      .filter((each) => each.roundId === id)
      .map((each) => `${each.kind} ${each.id} ${each.manifest.rows}`)
      .sort(),
  }))
}
