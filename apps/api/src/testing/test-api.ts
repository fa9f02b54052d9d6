import { createHash } from 'node:crypto'
import { createSystemClock } from '@ratchet/adapters/clock/system-clock.ts'
import { createCheckpointStore } from '@ratchet/adapters/postgres/checkpoint-store.ts'
import { connectDatabase } from '@ratchet/adapters/postgres/connect.ts'
import { createDatasetStore } from '@ratchet/adapters/postgres/dataset-store.ts'
import { createDemonstrationStore } from '@ratchet/adapters/postgres/demonstration-store.ts'
import { createDeploymentStore } from '@ratchet/adapters/postgres/deployment-store.ts'
import { createEventLog } from '@ratchet/adapters/postgres/event-log.ts'
import { createInstallationCounts } from '@ratchet/adapters/postgres/installation-counts.ts'
import { createProblemStore } from '@ratchet/adapters/postgres/problem-store.ts'
import { createReportStore } from '@ratchet/adapters/postgres/report-store.ts'
import { createReverificationStore } from '@ratchet/adapters/postgres/reverification-store.ts'
import { createRoundStore } from '@ratchet/adapters/postgres/round-store.ts'
import { createShardStore } from '@ratchet/adapters/postgres/shard-store.ts'
import { createTestDatabase } from '@ratchet/adapters/postgres/testing/test-database.ts'
import { createTrainingStore } from '@ratchet/adapters/postgres/training-store.ts'
import { createTrajectoryIndex } from '@ratchet/adapters/postgres/trajectory-index.ts'
import type { TrajectoryWithText } from '@ratchet/domain/trajectory.ts'
import type { StageMessage } from '@ratchet/ports/stage-queue.ts'
import { createMemoryCluster } from '@ratchet/ports/testing/memory-cluster.ts'
import { createMemoryObjectStore } from '@ratchet/ports/testing/memory-object-store.ts'
import type { FastifyInstance } from 'fastify'
import type { ApiWorld, ReadinessCheck } from '../api-world.ts'
import { createServer } from '../server.ts'
import type { ServerSettingsInput } from '../server-settings.ts'
import { request, type TestRequest, type TestResponse } from './request.ts'

export type TestApi = {
  readonly app: FastifyInstance
  readonly world: ApiWorld
  /** What was put into the queue. */
  readonly queued: StageMessage[]
  /** Log lines, to look for what must not be in them. */
  readonly logged: string[]
  /** Stores attempts as a shard of the round's explore stage would. */
  readonly storeTrajectories: (roundId: string, trajectories: readonly TrajectoryWithText[]) => Promise<void>
  readonly request: (request: TestRequest) => Promise<TestResponse>
  readonly url: string
  readonly close: () => Promise<void>
}

export type TestApiSettings = {
  readonly settings?: ServerSettingsInput
  readonly readiness?: readonly ReadinessCheck[]
  readonly presigned?: string
}

const absent = async (): Promise<never> => {
  throw new Error('the API does not use this')
}

/** The API on a database of its own, with objects in memory and a queue that only remembers. */
export async function createTestApi({ settings, readiness = [], presigned }: TestApiSettings = {}): Promise<TestApi> {
  const database = await createTestDatabase()
  const { prisma, pool, close } = connectDatabase({ url: database.url, maxConnections: 4 })
  const queued: StageMessage[] = []
  const logged: string[] = []
  const texts = new Map<string, string>()
  const index = createTrajectoryIndex(pool)
  const log = (fields: Record<string, unknown>, message: string): void => {
    logged.push(`${message} ${JSON.stringify(fields)}`)
  }
  let ids = 0
  const shards = createShardStore(pool)
  const world: ApiWorld = {
    rounds: createRoundStore(prisma),
    shards,
    events: createEventLog(prisma),
    queue: {
      enqueue: async (messages) => void queued.push(...messages),
      consume: absent,
      close: async () => {},
    },
    problems: createProblemStore(pool),
    demonstrations: createDemonstrationStore(pool),
    trajectories: {
      ...index,
      append: absent,
      texts: async (trajectories) => trajectories.map((each) => texts.get(each.id) ?? ''),
    },
    reverifications: createReverificationStore(pool),
    datasets: createDatasetStore(prisma),
    datasetWriter: { write: absent },
    checkpoints: createCheckpointStore(prisma),
    training: createTrainingStore(pool),
    deployments: createDeploymentStore(prisma),
    reports: createReportStore(prisma),
    inference: {
      open: () => {
        throw new Error('the API asks no model')
      },
    },
    verifierFor: () => ({ verify: absent }),
    cluster: async () =>
      createMemoryCluster({
        now: () => new Date(),
        train: () => {
          throw new Error('the API trains nothing')
        },
      }),
    serving: absent,
    sha256: (text) => createHash('sha256').update(text).digest('hex'),
    newId: () => `test${++ids}`,
    clock: createSystemClock(),
    logger: { debug: log, info: log, warn: log, error: log },
    objects: createMemoryObjectStore(presigned === undefined ? {} : { presigned }),
    counts: createInstallationCounts(pool),
    readiness,
  }
  const app = await createServer(world, settings).catch(async (error: unknown) => {
    await close()
    await database.drop()
    throw error
  })
  const url = await app.listen({ host: '127.0.0.1', port: 0 })
  return {
    app,
    world,
    queued,
    logged,
    url,
    request: (each) => request(Number(new URL(url).port), each),
    async storeTrajectories(roundId, trajectories) {
      await shards.plan(roundId, 'explore', [{ some: 'input' }])
      const claimed = await shards.claim(roundId, 'explore', 0, 'tester', 60)
      if (claimed === null) throw new Error('the shard could not be claimed')
      for (const { text, ...trajectory } of trajectories) texts.set(trajectory.id, text)
      const rows = trajectories.map(({ text: _text, ...trajectory }, at) => ({
        trajectory,
        segment: { key: 'segments/1', offset: at, length: 1 },
      }))
      await index.insert(claimed.claim, rows)
      const progress = { done: 1, total: 2, unit: 'problems', note: 'a note' }
      await shards.heartbeat(claimed.claim, 60, progress)
    },
    async close() {
      await app.close()
      await close()
      await database.drop()
    },
  }
}
