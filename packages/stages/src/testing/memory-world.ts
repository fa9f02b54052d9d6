import { createHash } from 'node:crypto'
import type { JobOutline, TrainingJob } from '@ratchet/ports/cluster.ts'
import type { ObjectStore } from '@ratchet/ports/object-store.ts'
import { createManualClock, type ManualClock } from '@ratchet/ports/testing/manual-clock.ts'
import { createMemoryArtifactStores } from '@ratchet/ports/testing/memory-artifact-stores.ts'
import { createMemoryCluster, type MemoryCluster } from '@ratchet/ports/testing/memory-cluster.ts'
import { createMemoryDatasetWriter } from '@ratchet/ports/testing/memory-dataset-writer.ts'
import { createMemoryDemonstrationStore } from '@ratchet/ports/testing/memory-demonstration-store.ts'
import {
  createMemoryInference,
  type MemoryInference,
  type MemoryInferenceSettings,
  type MemoryModel,
} from '@ratchet/ports/testing/memory-inference.ts'
import { createMemoryObjectStore } from '@ratchet/ports/testing/memory-object-store.ts'
import { createMemoryProblemStore } from '@ratchet/ports/testing/memory-problem-store.ts'
import { createMemoryReverificationStore } from '@ratchet/ports/testing/memory-reverification-store.ts'
import { createMemoryRoundStores } from '@ratchet/ports/testing/memory-round-store.ts'
import { createMemoryServing, type MemoryWeights } from '@ratchet/ports/testing/memory-serving.ts'
import {
  createMemoryBacklog,
  createMemoryStageQueue,
  type MemoryBacklog,
} from '@ratchet/ports/testing/memory-stage-queue.ts'
import { createMemoryTrainingStore } from '@ratchet/ports/testing/memory-training-store.ts'
import { createMemoryTrajectoryStore } from '@ratchet/ports/testing/memory-trajectory-store.ts'
import type { World } from '../world.ts'
import { adder, solution, sums, sumVerifier } from './sums.ts'

export type MemoryWorldSettings = Pick<MemoryInferenceSettings, 'slots' | 'logprobs' | 'latencyMs' | 'failure'> & {
  /** Default 0.6. */
  readonly teacherSkill?: number
  /** Of the checkpoint that a job leaves; throws the reason for which the job fails. Default: grows with the rows trained on. */
  readonly skillOf?: (job: TrainingJob) => number
  /** Looks at a new deployment that find it starting. Default 1. */
  readonly startingLooks?: number
  /** The name under which a deployment answers. Default: its own. */
  readonly servedAs?: (name: string) => string
  readonly newId?: () => string
  /** What a training job uses between two looks. Default 10. */
  readonly gpuSecondsPerLook?: number
  /** Throws where the cluster would not take such a job. Default: it takes every one. */
  readonly refuse?: (job: JobOutline) => void | Promise<void>
}

export type MemoryWorld = {
  readonly world: World
  /** The world of one more process: the same stores, a queue object of its own. */
  readonly another: () => World
  readonly clock: ManualClock
  readonly inference: MemoryInference
  /** What is served now, by name. */
  readonly models: Map<string, MemoryModel>
  readonly jobs: MemoryCluster['submitted']
  /** Ids of the jobs that rest now. */
  readonly resting: MemoryCluster['resting']
  readonly backlog: MemoryBacklog
  readonly objects: ObjectStore
}

/**
 * A world in memory where the teacher `teacher` and the checkpoints add up numbers. It has the problem sets `pool` of 5 and `held-out` of
 * 4 problems, and the demonstration set `solutions` of 3 of the pool. Every store passes the contract of its port.
 */
export async function createMemoryWorld(settings: MemoryWorldSettings = {}): Promise<MemoryWorld> {
  const {
    teacherSkill = 0.6,
    skillOf = skillOfRows,
    startingLooks = 1,
    newId = counter(),
    gpuSecondsPerLook = 10,
    refuse,
    ...rest
  } = settings
  const { servedAs, ...endpoint } = rest
  const clock = createManualClock()
  const now = () => clock.now()
  const backlog = createMemoryBacklog()
  const objects = createMemoryObjectStore()
  const training = createMemoryTrainingStore(now)
  const stores = createMemoryRoundStores(now, training)
  const trajectories = createMemoryTrajectoryStore(stores, now)
  const problems = createMemoryProblemStore()
  const demonstrations = createMemoryDemonstrationStore(problems)
  const models = new Map<string, MemoryModel>([['teacher', adder(teacherSkill)]])
  const weights = new Map<string, MemoryWeights>()
  const inference = createMemoryInference({ clock, models, ...endpoint })
  const cluster = createMemoryCluster({
    now,
    gpuSecondsPerLook,
    ...(refuse === undefined ? {} : { refuse }),
    train(job) {
      const checkpointPath = `/checkpoints/${job.id}`
      const skill = skillOf(job)
      const canary = { text: job.canaryText, tokenIds: [1, 2], logprobs: [null, -skill] }
      weights.set(checkpointPath, { canary, model: adder(skill) })
      const { publishPrefix, seed, startPath, phases } = job
      const checkpointUri = publishPrefix === null ? null : `s3://memory/${publishPrefix.slice(0, -1)}`
      return {
        checkpointPath,
        checkpointUri,
        manifestSha256: sha256(JSON.stringify({ seed, startPath, phases })),
        metrics: { canary, skill },
      }
    },
  })
  const serving = createMemoryServing({
    weights,
    models,
    startingLooks,
    ...(servedAs === undefined ? {} : { servedAs }),
  })

  const pool = await problems.create('pool', sums('pool', 5))
  await problems.create('held-out', sums('held-out', 4))
  const solved = (await problems.problems(pool.id)).slice(0, 3)
  const texts = solved.map(({ id, verification: { gold } }) => ({ problemId: id, text: solution(Number(gold[0])) }))
  await demonstrations.create('solutions', pool.id, texts)

  const shared = {
    ...stores,
    ...createMemoryArtifactStores(),
    training,
    problems,
    demonstrations,
    trajectories,
    reverifications: createMemoryReverificationStore({ trajectories, events: stores.events }, now),
    datasetWriter: createMemoryDatasetWriter(objects),
    inference,
    verifierFor: () => sumVerifier,
    cluster: async () => cluster,
    serving: async () => serving,
    sha256,
    newId,
    clock,
    logger: { debug() {}, info() {}, warn() {}, error() {} },
  }
  const another = (): World => ({ ...shared, queue: createMemoryStageQueue(clock, backlog) })
  return {
    world: another(),
    another,
    clock,
    inference,
    models,
    jobs: cluster.submitted,
    resting: cluster.resting,
    backlog,
    objects,
  }
}

function skillOfRows({ phases }: TrainingJob): number {
  const rows = phases.flatMap(({ dataset }) => dataset.files).reduce((sum, file) => sum + file.rows, 0)
  return rows / (rows + 4)
}

function counter(): () => string {
  let count = 0
  return () => String(++count)
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex')
}
