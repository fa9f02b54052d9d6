import { IterationState } from '@ratchet/domain/round/iteration-state.ts'
import { RoundState } from '@ratchet/domain/round/round-state.ts'
import type { InstallationTotals } from '@ratchet/ports/installation-counts.ts'

type Sample = { readonly labels: Readonly<Record<string, string>>; readonly value: number }

/** The Prometheus text format, version 0.0.4. States without any are shown as 0, so that alerts can rely on them. */
export function renderMetrics(totals: InstallationTotals): string {
  return [
    gauge('ratchet_iterations', 'Iterations by state.', byState(IterationState.options, totals.iterations)),
    gauge('ratchet_rounds', 'Rounds by state.', byState(RoundState.options, totals.rounds)),
    gauge(
      'ratchet_open_round_shards',
      'Shards of rounds that are not finished, by stage and status.',
      totals.shards.map(({ stage, status, count }) => ({ labels: { stage, status }, value: count })),
    ),
    gauge('ratchet_trajectories', 'Trajectories stored; an estimate above 100000.', [
      { labels: {}, value: totals.trajectories },
    ]),
    gauge('ratchet_dataset_versions', 'Dataset versions recorded.', [{ labels: {}, value: totals.datasetVersions }]),
    gauge('ratchet_checkpoints', 'Checkpoints recorded.', [{ labels: {}, value: totals.checkpoints }]),
  ].join('')
}

function byState(states: readonly string[], counts: Readonly<Record<string, number>>): Sample[] {
  return states.map((state) => ({ labels: { state }, value: counts[state] ?? 0 }))
}

function gauge(name: string, help: string, samples: readonly Sample[]): string {
  const lines = samples.map(({ labels, value }) => {
    const pairs = Object.entries(labels).map(([label, text]) => `${label}="${text.replace(/[\\"\n]/g, '_')}"`)
    return `${name}${pairs.length === 0 ? '' : `{${pairs.join(',')}}`} ${value}\n`
  })
  return `# HELP ${name} ${help}\n# TYPE ${name} gauge\n${lines.join('')}`
}
