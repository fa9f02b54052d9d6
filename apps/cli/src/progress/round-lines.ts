import type { RoundView, StageProgress } from '@ratchet/api/schemas/round.ts'
import { z } from 'zod'
import { bar, compact, percent } from './bar.ts'
import { trainingFacts } from './training-line.ts'

const barWidth = 24
const Curated = z.object({ sftRows: z.number(), preferenceRows: z.number() })
const Deployed = z.object({ model: z.string() })
const Evaluated = z.object({
  benchmarks: z.record(z.string(), z.object({ value: z.number(), low: z.number(), high: z.number() })),
})

/** A round for people: its head, then one line a stage with a bar, counts, pass rate, tokens and loss. */
export function roundLines(round: RoundView): string[] {
  return [
    `round ${round.index}: ${round.state}${round.reason === null ? '' : ` (${round.reason})`}`,
    ...round.stages.map((stage) => stageLine(round, stage)),
  ]
}

function stageLine(round: RoundView, stage: StageProgress): string {
  const facts = [counts(stage), ...outcome(round, stage)]
  if (stage.state !== 'done' && stage.reason !== null) facts.push(stage.reason)
  const told = facts.filter((fact) => fact !== '').join(' · ')
  return `  ${stage.stage.padEnd(9)}${bar(shareOf(stage), barWidth)}  ${told === '' ? stage.state : told}`
}

function shareOf({ state, progress, shards }: StageProgress): number {
  if (state === 'done') return 1
  if (shards === null || shards.total === 0) return 0
  const open = shards.total - shards.done
  const own = progress === null || progress.total === 0 ? 0 : progress.done / progress.total
  // The progress is of the shards that have reported; while some have not begun, the shards tell more.
  return open === 1 || shards.pending === 0 ? Math.max(own, shards.done / shards.total) : shards.done / shards.total
}

function counts({ state, progress, shards }: StageProgress): string {
  if (shards === null || state === 'done') return ''
  const parts = progress === null ? [] : [`${compact(progress.done)}/${compact(progress.total)} ${progress.unit}`]
  if (progress?.note !== undefined) parts.push(progress.note)
  if (shards.total > 1) parts.push(`shard ${shards.done}/${shards.total}`)
  return parts.join(' · ')
}

function outcome(round: RoundView, { stage, state, result }: StageProgress): string[] {
  switch (stage) {
    case 'explore':
      return tally(round.tallies.explore, 'correct')
    case 'evaluate': {
      const report = Evaluated.safeParse(result)
      if (!report.success) return tally(round.tallies.evaluate, 'correct')
      return Object.entries(report.data.benchmarks).map(
        ([name, { value, low, high }]) => `${name} pass@1 ${percent(value)} (${percent(low)} to ${percent(high)})`,
      )
    }
    case 'curate': {
      const curated = Curated.safeParse(result)
      if (!curated.success) return []
      const pairs = curated.data.preferenceRows
      return [`${compact(curated.data.sftRows)} rows`, ...(pairs > 0 ? [`${compact(pairs)} pairs`] : [])]
    }
    case 'deploy': {
      const deployed = Deployed.safeParse(result)
      return deployed.success ? [deployed.data.model] : []
    }
    case 'train': {
      const { training } = round
      const resting = training?.state === 'paused' ? ['paused'] : []
      return [...(state === 'done' ? ['done'] : resting), ...(training === null ? [] : trainingFacts(training))]
    }
    case 'score':
      return state === 'done' ? ['done'] : []
  }
}

function tally(
  { rollouts, correct, failed, completionTokens }: RoundView['tallies']['explore'],
  word: string,
): string[] {
  if (rollouts === 0) return []
  const parts = [
    `${compact(rollouts)} rollouts`,
    `${percent(correct / rollouts)} ${word}`,
    `${compact(completionTokens)} tokens`,
  ]
  return failed > 0 ? [...parts, `${compact(failed)} failed`] : parts
}
