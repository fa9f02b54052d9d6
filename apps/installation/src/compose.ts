import { createHash, randomBytes } from 'node:crypto'
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { createStageQueue } from '@ratchet/adapters/bullmq/stage-queue.ts'
import { createSystemClock } from '@ratchet/adapters/clock/system-clock.ts'
import { createDatasetWriter } from '@ratchet/adapters/dataset-writer/dataset-writer.ts'
import { startEmbeddedPostgres } from '@ratchet/adapters/embedded/embedded-postgres.ts'
import { watchEmbeddedPostgres } from '@ratchet/adapters/embedded/watch-postgres.ts'
import { createInferenceDirectory } from '@ratchet/adapters/inference/openai-compatible.ts'
import { createDirectoryStore } from '@ratchet/adapters/object-store/directory.ts'
import { createS3Store } from '@ratchet/adapters/object-store/s3.ts'
import { createCheckpointStore } from '@ratchet/adapters/postgres/checkpoint-store.ts'
import { connectDatabase } from '@ratchet/adapters/postgres/connect.ts'
import { createDatasetStore } from '@ratchet/adapters/postgres/dataset-store.ts'
import { createDemonstrationStore } from '@ratchet/adapters/postgres/demonstration-store.ts'
import { createDeploymentStore } from '@ratchet/adapters/postgres/deployment-store.ts'
import { createEventLog } from '@ratchet/adapters/postgres/event-log.ts'
import { createInstallationCounts } from '@ratchet/adapters/postgres/installation-counts.ts'
import { migrate } from '@ratchet/adapters/postgres/migrate.ts'
import { createProblemStore } from '@ratchet/adapters/postgres/problem-store.ts'
import { createReportStore } from '@ratchet/adapters/postgres/report-store.ts'
import { createReverificationStore } from '@ratchet/adapters/postgres/reverification-store.ts'
import { createRoundStore } from '@ratchet/adapters/postgres/round-store.ts'
import { createShardStore } from '@ratchet/adapters/postgres/shard-store.ts'
import { createTrainingStore } from '@ratchet/adapters/postgres/training-store.ts'
import { createTrajectoryIndex } from '@ratchet/adapters/postgres/trajectory-index.ts'
import { createLogger } from '@ratchet/adapters/telemetry/logger.ts'
import { createTrajectoryStore } from '@ratchet/adapters/trajectory-store/trajectory-store.ts'
import type { InstallationCounts } from '@ratchet/ports/installation-counts.ts'
import type { Logger } from '@ratchet/ports/logger.ts'
import type { ObjectStore } from '@ratchet/ports/object-store.ts'
import type { StageQueue } from '@ratchet/ports/stage-queue.ts'
import { plainReason } from '@ratchet/stages/plain-reason.ts'
import type { World } from '@ratchet/stages/world.ts'
import type { Settings } from './env.ts'
import { createParts } from './parts.ts'
import { createPython } from './python.ts'
import { createTraining } from './training.ts'
import { createVerification } from './verification.ts'

/** How long the object store may take to answer at the start. */
const objectsTimeoutMs = 30_000

/** The loop's world and what the API needs besides. */
export type ComposedWorld = World & {
  readonly objects: ObjectStore
  readonly counts: InstallationCounts
  /** What must answer for the installation to be ready; each throws when it does not. */
  readonly readiness: readonly { readonly name: string; readonly check: (signal?: AbortSignal) => Promise<void> }[]
}

export type Composed = {
  readonly world: ComposedWorld
  /** The interpreter of trainer and policy server; made when absent. */
  readonly python: (signal?: AbortSignal) => Promise<string>
  /** Closes everything in reverse. Servers and trainers that outlive a worker go on. */
  readonly close: () => Promise<void>
}

export type ComposeOptions = {
  /** Shown in the database's list of connections. */
  readonly name: string
  /** One line about what is being started. */
  readonly note: (line: string) => void
  /** Where the log goes; standard error when left out. */
  readonly logFile?: string
}

/** Builds the world of one process: which adapter serves which port. Throws one sentence when a part cannot be had. */
export async function compose(settings: Settings, { name, note, logFile }: ComposeOptions): Promise<Composed> {
  const { dataDirectory, env } = settings
  mkdirSync(dataDirectory, { recursive: true })
  const logger = createLogger(settings.logLevel, logFile)
  const clock = createSystemClock()
  const parts = createParts((part, error) => logger.warn({ part, reason: plainReason(error) }, 'could not be closed'))
  try {
    const databaseUrl = settings.databaseUrl ?? (await openEmbeddedDatabase(dataDirectory, parts, logger, note))
    await migrate(databaseUrl)
    const onIdleError = (error: Error) => logger.warn({ reason: error.message }, 'an idle database connection broke')
    const { prisma, pool } = parts.add(
      'database',
      connectDatabase({ url: databaseUrl, maxConnections: 16, applicationName: name, onIdleError }),
      (each) => each.close(),
    )
    const objects = parts.add('objects', openObjects(settings), (each) => each.close())
    await objects.check?.(AbortSignal.timeout(objectsTimeoutMs))
    const queue = parts.add('queue', await openQueue(settings, databaseUrl, logger), (each) => each.close())
    const inference = parts.add('inference', createInferenceDirectory({ env }), (each) => each.close())
    const verification = parts.add(
      'verification',
      createVerification({ env, objects, logger, python: settings.pythonEnvironment ?? (env['PYTHON'] || 'python3') }),
      (each) => each.close(),
    )
    const python = createPython({ ...settings, note })
    const training = parts.add('training', createTraining({ ...settings, objects, clock, python }), (each) =>
      each.close(),
    )
    const world: ComposedWorld = {
      rounds: createRoundStore(prisma),
      shards: createShardStore(pool),
      events: createEventLog(prisma),
      queue,
      problems: createProblemStore(pool),
      demonstrations: createDemonstrationStore(pool),
      trajectories: createTrajectoryStore({ index: createTrajectoryIndex(pool), objects }),
      reverifications: createReverificationStore(pool),
      datasets: createDatasetStore(prisma),
      datasetWriter: createDatasetWriter({ objects, scratchDirectory: join(dataDirectory, 'scratch') }),
      checkpoints: createCheckpointStore(prisma),
      training: createTrainingStore(pool),
      deployments: createDeploymentStore(prisma),
      reports: createReportStore(prisma),
      inference,
      verifierFor: verification.verifierFor,
      cluster: training.cluster,
      serving: training.serving,
      sha256: (text) => createHash('sha256').update(text).digest('hex'),
      newId: () => randomBytes(6).toString('hex'),
      clock,
      logger,
      objects,
      counts: createInstallationCounts(pool),
      readiness: [
        { name: 'database', check: async () => void (await pool.query('SELECT 1')) },
        { name: 'objects', check: objects.check ?? (async () => void (await objects.head('readiness'))) },
      ],
    }
    return { world, python, close: parts.close }
  } catch (error) {
    await parts.close()
    throw error
  }
}

async function openEmbeddedDatabase(
  dataDirectory: string,
  parts: ReturnType<typeof createParts>,
  logger: Logger,
  note: (line: string) => void,
): Promise<string> {
  note('starting PostgreSQL')
  const settings = { directory: join(dataDirectory, 'postgres'), database: 'ratchet' }
  const server = parts.add('embedded PostgreSQL', await startEmbeddedPostgres(settings), (each) => each.close())
  const onDeath = (reason: string) => logger.error({ reason }, 'the embedded database died')
  const watch = watchEmbeddedPostgres({ ...settings, url: server.url, onDeath })
  parts.add('watch over PostgreSQL', watch, (each) => each.close())
  return server.url
}

async function openQueue({ redisUrl }: Settings, databaseUrl: string, logger: Logger): Promise<StageQueue> {
  if (redisUrl === null) return await createStageQueue({ databaseUrl, logger })
  try {
    return await createStageQueue({ redisUrl, logger })
  } catch (error) {
    const server = URL.canParse(redisUrl) ? `start the server at ${new URL(redisUrl).host}, or ` : ''
    throw new Error(`${plainReason(error)}; ${server}correct REDIS_URL`)
  }
}

function openObjects({
  s3,
  dataDirectory,
}: Settings): ObjectStore & { check?: (signal?: AbortSignal) => Promise<void> } {
  return s3 === null ? createDirectoryStore({ directory: join(dataDirectory, 'objects') }) : createS3Store(s3)
}
