import { ServingChoice } from '@ratchet/domain/recipe/recipe.ts'
import { memoryEndpoint } from '@ratchet/ports/testing/memory-inference.ts'

/** A recipe of two rounds for the world in memory, as a person writes it, with differences. */
export function sumsRecipe(difference: Readonly<Record<string, unknown>> = {}): Record<string, unknown> {
  return {
    name: 'sums',
    baseModel: '/models/base',
    problems: 'pool',
    rounds: 1,
    imitate: {
      from: 'teacher',
      teacher: { model: 'teacher', endpoints: [{ url: memoryEndpoint, maxInFlight: 4 }] },
    },
    explore: { accept: 1, cap: 4, shardSize: 3, sampling: { maxTokens: 128 } },
    train: { sft: { maxSteps: 2, learningRate: 0.001 } },
    evaluate: {
      benchmarks: [{ name: 'held-out', problemSet: 'held-out', sampling: { maxTokens: 128, temperature: 0 } }],
    },
    ...difference,
  }
}

/** A recipe's `serving` by which each server is a job. */
export const serverInJob = ServingChoice.parse({
  backend: 'job',
  command: ['serve', '--model', '{path}', '--name', '{name}', '--port', '{port}'],
  cluster: { backend: 'slurm', gpusPerNode: 1 },
})
