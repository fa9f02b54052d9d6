import type { DryRunView } from '@ratchet/api/schemas/recipe.ts'
import { assertNever } from '@ratchet/domain/assert-never.ts'
import { type CommandContext, print } from '../command-context.ts'
import { exitCodes } from '../exit-codes.ts'
import { compact } from '../progress/bar.ts'
import { readYamlFile } from '../read-yaml-file.ts'

/** Resolves a recipe, prints the first real prompt and the upper bounds of its cost, and starts nothing. 1 when a cluster would refuse. */
export async function dryRun(context: CommandContext, file: string): Promise<number> {
  const run = await context.client.dryRun(await readYamlFile(file))
  print(context, run, () =>
    [
      `${run.rounds} rounds over ${run.problemCount} problems`,
      `at most ${compact(run.estimates.maxRollouts)} rollouts and ${compact(run.estimates.maxCompletionTokens)} completion tokens`,
      '',
      'the first prompt:',
      ...run.firstPrompt.map(({ role, content }) => `[${role}]\n${content}`),
      '',
      ...run.training.flatMap((job) => ['training is submitted as:', job.submitted, told(job)]),
      ...run.servers.flatMap((job) => ['', 'each server is submitted as:', job.submitted, told(job)]),
    ].join('\n'),
  )
  return [...run.training, ...run.servers].some(({ cluster }) => cluster === 'refuses')
    ? exitCodes.failed
    : exitCodes.ok
}

function told({ cluster, reason }: DryRunView['training'][number]): string {
  switch (cluster) {
    case 'takes':
      return 'the cluster would take it'
    case 'refuses':
      return `the cluster would refuse it, and the round would fail before anything is sampled: ${reason}`
    case 'unknown':
      return `whether the cluster would take it cannot be told from here: ${reason}`
    default:
      return assertNever(cluster)
  }
}
