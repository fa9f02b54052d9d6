import {
  type DeterministicEndpoint,
  startDeterministicEndpoint,
} from '@ratchet/adapters/testing/deterministic-endpoint.ts'
import type { ApiClient } from '../api-client.ts'
import { python } from './reference-run.ts'
import { smallProblems, smallRecipe } from './small-loop.ts'

const solutions = new Map(smallProblems.pool.map(({ problem, solution }) => [problem.prompt, solution]))

/** A teacher of whose attempts a third are right; they come back in any order. */
export function startTeacher(): Promise<DeterministicEndpoint> {
  return startDeterministicEndpoint({
    models: ['teacher'],
    answer: ({ messages, seed }) =>
      seed % 3 === 0 ? (solutions.get(messages.at(-1)?.content ?? '') ?? '') : `<think>${seed}</think>Answer: none`,
    latencyMs: ({ seed }) => 150 + (seed % 7) * 100,
  })
}

/** Round 0 alone, its teacher the endpoint, and a training so short that exploration is most of it. */
export async function recipeFor(client: ApiClient, directory: string, endpoint: DeterministicEndpoint) {
  const teacher = { model: 'teacher', endpoints: [{ url: endpoint.url, maxInFlight: 12 }] }
  const recipe = await smallRecipe(client, python, directory, { imitate: { from: 'teacher', teacher }, rounds: 0 })
  return { ...recipe, name: 'deterministic', train: { ...recipe.train, sft: { ...recipe.train.sft, maxSteps: 20 } } }
}
