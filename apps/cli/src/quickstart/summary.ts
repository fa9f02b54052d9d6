import type { DatasetView } from '@ratchet/api/schemas/dataset.ts'
import type { IterationView } from '@ratchet/api/schemas/iteration.ts'
import type { RoundSummary } from '@ratchet/api/schemas/round.ts'
import { z } from 'zod'
import type { ApiClient } from '../api-client.ts'
import { compact, percent } from '../progress/bar.ts'
import { table } from '../table.ts'

const Interval = z.object({ value: z.number(), low: z.number(), high: z.number() })
const Explored = z.object({ rollouts: z.number(), accepted: z.number(), completionTokens: z.number() })
const Trained = z.object({
  metrics: z.object({ phases: z.array(z.object({ method: z.string(), trainLoss: z.number() })) }),
})
const Evaluated = z.object({ accepted: z.boolean(), reason: z.string(), benchmarks: z.record(z.string(), Interval) })

export type RoundFigures = {
  readonly round: number
  readonly state: string
  readonly rollouts: number
  readonly accepted: number
  readonly completionTokens: number
  readonly datasets: readonly { readonly id: string; readonly kind: string; readonly rows: number }[]
  /** Mean over the last tenth of the steps, by training phase. */
  readonly trainLoss: Readonly<Record<string, number>>
  readonly heldOutAccuracy: z.infer<typeof Interval> | null
  readonly gate: { readonly accepted: boolean; readonly reason: string } | null
}

/** What each round came to, read from the API. */
export async function figuresOf(client: ApiClient, iteration: IterationView): Promise<readonly RoundFigures[]> {
  const datasets = await client.datasets({ iterationId: iteration.id })
  return iteration.rounds.map((round) => figures(round, datasets))
}

function figures(round: RoundSummary, datasets: readonly DatasetView[]): RoundFigures {
  const { results } = round
  const explored = Explored.safeParse(results['explore']).data
  const trained = Trained.safeParse(results['train']).data
  const evaluated = Evaluated.safeParse(results['evaluate']).data
  return {
    round: round.index,
    state: round.state,
    rollouts: explored?.rollouts ?? 0,
    accepted: explored?.accepted ?? 0,
    completionTokens: explored?.completionTokens ?? 0,
    datasets: datasets
      .filter((each) => each.roundId === round.id)
      .map(({ id, kind, manifest }) => ({ id, kind, rows: manifest.rows })),
    trainLoss: Object.fromEntries(trained?.metrics.phases.map((phase) => [phase.method, phase.trainLoss]) ?? []),
    heldOutAccuracy: Object.values(evaluated?.benchmarks ?? {})[0] ?? null,
    gate: evaluated === undefined ? null : { accepted: evaluated.accepted, reason: evaluated.reason },
  }
}

/** The rounds as a table for people. */
export function roundTable(rounds: readonly RoundFigures[]): string {
  const heads = [
    'round',
    'explorer',
    'rollouts',
    'accepted',
    'tokens',
    'trained on',
    'loss',
    'held-out accuracy',
    'gate',
  ]
  return table(
    heads,
    rounds.map((each) => [
      String(each.round),
      each.round === 0 ? 'demonstrations' : 'policy',
      compact(each.rollouts),
      compact(each.accepted),
      compact(each.completionTokens),
      each.datasets.map(({ kind, rows }) => (kind === 'sft' ? `${rows} rows` : `${rows} pairs`)).join(' + '),
      Object.entries(each.trainLoss)
        .map(([method, loss]) => `${method} ${loss.toFixed(3)}`)
        .join(', '),
      accuracy(each.heldOutAccuracy),
      each.gate === null ? each.state : each.gate.accepted ? 'accepted' : 'rejected',
    ]),
  )
}

function accuracy(interval: RoundFigures['heldOutAccuracy']): string {
  if (interval === null) return ''
  return `${percent(interval.value)} (${percent(interval.low)} to ${percent(interval.high)})`
}
