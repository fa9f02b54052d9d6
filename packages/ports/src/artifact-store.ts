import type { Checkpoint } from '@ratchet/domain/checkpoint.ts'
import type { DatasetVersion } from '@ratchet/domain/dataset-version.ts'
import type { DeploymentState } from '@ratchet/domain/deployment-state.ts'
import type { EvaluationReport } from '@ratchet/domain/evaluation/evaluation-report.ts'

/** Records of dataset versions; their content is in the object store. */
export interface DatasetStore {
  /** Idempotent by round, kind and curation. Two rounds may hold versions of the same id when their content is the same. */
  record(version: DatasetVersion, curationId: string): Promise<void>
  find(datasetId: string): Promise<DatasetVersion | null>
  list(filter: {
    iterationId?: string
    roundId?: string
    kind?: DatasetVersion['kind']
    limit?: number
  }): Promise<readonly DatasetVersion[]>
}

/** Records of checkpoints; the weights are on storage that trainer and endpoints share. */
export interface CheckpointStore {
  /** Idempotent by id. */
  record(checkpoint: Checkpoint): Promise<void>
  find(id: string): Promise<Checkpoint | null>
  list(iterationId: string): Promise<readonly Checkpoint[]>
}

/** Checkpoints in service. */
export interface DeploymentStore {
  /** Idempotent by name within an iteration; updates state and addresses. */
  record(deployment: Deployment): Promise<void>
  list(iterationId: string): Promise<readonly Deployment[]>
  /** The iterations of which a deployment is `releasing`. */
  releasing(): Promise<readonly string[]>
}

export type Deployment = {
  readonly iterationId: string
  readonly roundId: string
  readonly checkpointId: string
  /** The versioned model name. */
  readonly name: string
  readonly state: DeploymentState
  readonly endpoints: readonly string[]
  readonly reason: string | null
}

export interface ReportStore {
  /** Idempotent by round, checkpoint and benchmark. */
  record(report: EvaluationReport): Promise<void>
  find(checkpointId: string, benchmark: string): Promise<EvaluationReport | null>
  list(iterationId: string): Promise<readonly EvaluationReport[]>
}
