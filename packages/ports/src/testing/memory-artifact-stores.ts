import type { Checkpoint } from '@ratchet/domain/checkpoint.ts'
import type { DatasetVersion } from '@ratchet/domain/dataset-version.ts'
import type { EvaluationReport } from '@ratchet/domain/evaluation/evaluation-report.ts'
import type { CheckpointStore, DatasetStore, Deployment, DeploymentStore, ReportStore } from '../artifact-store.ts'

export type MemoryArtifactStores = {
  readonly datasets: DatasetStore
  readonly checkpoints: CheckpointStore
  readonly deployments: DeploymentStore
  readonly reports: ReportStore
}

/** Records of dataset versions, checkpoints, deployments and reports in memory. */
export function createMemoryArtifactStores(): MemoryArtifactStores {
  return { datasets: datasets(), checkpoints: checkpoints(), deployments: deployments(), reports: reports() }
}

function datasets(): DatasetStore {
  const { put, all } = records<DatasetVersion>()
  return {
    async record(version, curationId) {
      put([version.roundId, version.kind, curationId], version)
    },
    find: async (datasetId) => all().find(({ id }) => id === datasetId) ?? null,
    async list({ iterationId, roundId, kind, limit }) {
      const matching = all().filter(
        (version) =>
          (iterationId === undefined || version.iterationId === iterationId) &&
          (roundId === undefined || version.roundId === roundId) &&
          (kind === undefined || version.kind === kind),
      )
      return matching.reverse().slice(0, limit)
    },
  }
}

function checkpoints(): CheckpointStore {
  const { put, all } = records<Checkpoint>()
  return {
    async record(checkpoint) {
      put([checkpoint.id], checkpoint)
    },
    find: async (id) => all().find((checkpoint) => checkpoint.id === id) ?? null,
    list: async (iterationId) => all().filter((checkpoint) => checkpoint.iterationId === iterationId),
  }
}

function deployments(): DeploymentStore {
  const { put, all } = records<Deployment>()
  return {
    async record(deployment) {
      put([deployment.iterationId, deployment.name], deployment)
    },
    list: async (iterationId) => all().filter((deployment) => deployment.iterationId === iterationId),
    releasing: async () => [
      ...new Set(all().flatMap(({ state, iterationId }) => (state === 'releasing' ? [iterationId] : []))),
    ],
  }
}

function reports(): ReportStore {
  const { put, all } = records<EvaluationReport>()
  return {
    async record(report) {
      put([report.roundId, report.checkpointId, report.benchmark], report)
    },
    find: async (checkpointId, benchmark) =>
      all().findLast((report) => report.checkpointId === checkpointId && report.benchmark === benchmark) ?? null,
    list: async (iterationId) => all().filter((report) => report.iterationId === iterationId),
  }
}

/** Records by key, in the order in which their keys came first. */
function records<Kept>() {
  const kept = new Map<string, Kept>()
  return {
    put: (key: readonly string[], value: Kept) => {
      kept.set(JSON.stringify(key), structuredClone(value))
    },
    all: () => [...kept.values()],
  }
}
