import type { ClusterChoice } from '@ratchet/domain/recipe/cluster-choice.ts'
import type { ServingChoice } from '@ratchet/domain/recipe/recipe.ts'
import type { CheckpointStore, DatasetStore, DeploymentStore, ReportStore } from '@ratchet/ports/artifact-store.ts'
import type { Clock } from '@ratchet/ports/clock.ts'
import type { Cluster } from '@ratchet/ports/cluster.ts'
import type { DatasetWriter } from '@ratchet/ports/dataset-writer.ts'
import type { DemonstrationStore } from '@ratchet/ports/demonstration-store.ts'
import type { InferenceDirectory } from '@ratchet/ports/inference.ts'
import type { Logger } from '@ratchet/ports/logger.ts'
import type { ProblemStore } from '@ratchet/ports/problem-store.ts'
import type { ReverificationStore } from '@ratchet/ports/reverification-store.ts'
import type { EventLog, Round, RoundStore, ShardStore } from '@ratchet/ports/round-store.ts'
import type { Serving } from '@ratchet/ports/serving.ts'
import type { StageQueue } from '@ratchet/ports/stage-queue.ts'
import type { TrainingStore } from '@ratchet/ports/training-store.ts'
import type { TrajectoryStore } from '@ratchet/ports/trajectory-store.ts'
import type { Verifier } from '@ratchet/ports/verifier.ts'

/** Everything the loop needs from outside, behind ports. Apps compose it; nothing here knows which adapter serves. */
export type World = {
  readonly rounds: RoundStore
  readonly shards: ShardStore
  readonly events: EventLog
  readonly queue: StageQueue
  readonly problems: ProblemStore
  readonly demonstrations: DemonstrationStore
  readonly trajectories: TrajectoryStore
  readonly reverifications: ReverificationStore
  readonly datasets: DatasetStore
  readonly datasetWriter: DatasetWriter
  readonly checkpoints: CheckpointStore
  readonly training: TrainingStore
  readonly deployments: DeploymentStore
  readonly reports: ReportStore
  readonly inference: InferenceDirectory
  /** Decides as the round's recipe says. */
  readonly verifierFor: (round: Pick<Round, 'iterationId' | 'recipe'>) => Verifier
  readonly cluster: (choice: ClusterChoice) => Promise<Cluster>
  readonly serving: (choice: ServingChoice) => Promise<Serving>
  /** Lower-case hex digest of the UTF-8 bytes. */
  readonly sha256: (text: string) => string
  readonly newId: () => string
  readonly clock: Clock
  readonly logger: Logger
}
