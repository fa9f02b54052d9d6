/** Counts over the whole installation, for metrics. Each call looks afresh. */
export interface InstallationCounts {
  read(): Promise<InstallationTotals>
}

export type InstallationTotals = {
  /** By iteration state; states without any are absent. */
  readonly iterations: Readonly<Record<string, number>>
  /** By round state. */
  readonly rounds: Readonly<Record<string, number>>
  /** By stage, then status; only of rounds that are not finished. */
  readonly shards: readonly { readonly stage: string; readonly status: string; readonly count: number }[]
  readonly trajectories: number
  readonly datasetVersions: number
  readonly checkpoints: number
}
