import type { RoundSummary } from '@ratchet/api/schemas/round.ts'
import { z } from 'zod'
import { type CommandContext, print } from '../command-context.ts'
import { exitCodes } from '../exit-codes.ts'
import { compact, percent } from '../progress/bar.ts'
import { trainingLine } from '../progress/training-line.ts'
import { retryHint } from '../retry-hint.ts'
import { table } from '../table.ts'

const Explored = z.object({
  problems: z.number(),
  solved: z.number(),
  rollouts: z.number(),
  completionTokens: z.number(),
})
const Curated = z.object({ sftRows: z.number() })
const Evaluated = z.object({ benchmarks: z.record(z.string(), z.object({ value: z.number() })) })

/** The rounds of an iteration and the training of its current one, or all iterations. */
export async function status(context: CommandContext, iterationId: string | undefined): Promise<number> {
  if (iterationId === undefined) {
    const page = await context.client.iterations({ limit: 100 })
    print(context, page, () =>
      page.items.length === 0
        ? 'no iterations yet'
        : table(
            ['iteration', 'name', 'state', 'created', 'reason'],
            page.items.map(({ id, name, state, createdAt, reason }) => [id, name, state, createdAt, reason ?? '']),
          ),
    )
    return exitCodes.ok
  }
  const iteration = await context.client.iteration(iterationId)
  const current = iteration.rounds.findLast((round) => round.state !== 'waiting')
  const view = current === undefined ? null : await context.client.round(current.id)
  const training = view?.training ?? null
  const waitsFor = view?.stages.find(({ state }) => state === 'running')?.reason ?? null
  const told = (round: RoundSummary) =>
    round.id === current?.id ? { ...round, reason: round.reason ?? waitsFor } : round
  print(context, { ...iteration, training }, () => {
    const { id, name, state, reason, rounds } = iteration
    const head = `${id}  ${name}  ${state}${reason === null ? '' : `: ${reason}`}`
    return `${head}\n\n${table(
      ['round', 'state', 'solved', 'rollouts', 'tokens', 'rows', 'pass@1', 'reason'],
      rounds.map((round) => roundRow(told(round))),
    )}${training === null ? '' : `\n\ntraining of round ${current?.index}: ${trainingLine(training)}`}${retryHint(iteration)}`
  })
  return exitCodes.ok
}

function roundRow({ index, state, reason, results }: RoundSummary): string[] {
  const explored = Explored.safeParse(results['explore']).data
  const curated = Curated.safeParse(results['curate']).data
  const evaluated = Evaluated.safeParse(results['evaluate']).data
  return [
    String(index),
    state,
    explored === undefined ? '' : `${explored.solved}/${explored.problems}`,
    explored === undefined ? '' : compact(explored.rollouts),
    explored === undefined ? '' : compact(explored.completionTokens),
    curated === undefined ? '' : compact(curated.sftRows),
    evaluated === undefined
      ? ''
      : Object.entries(evaluated.benchmarks)
          .map(([name, { value }]) => `${name} ${percent(value)}`)
          .join(', '),
    reason ?? '',
  ]
}
