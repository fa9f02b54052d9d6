import { createStageQueue, type StageQueueSettings } from '../stage-queue.ts'

/** A process that takes one message and keeps it, for tests that kill it. Says `taken` when it has it. */
const logger = { debug() {}, info() {}, warn() {}, error() {} }
const { QUEUE_REDIS_URL: redisUrl, QUEUE_DATABASE_URL: databaseUrl = '', QUEUE_PREFIX: prefix = '' } = process.env
const settings: StageQueueSettings = { ...(redisUrl === undefined ? { databaseUrl } : { redisUrl }), prefix, logger }
const queue = await createStageQueue(settings)
await queue.consume(
  () => {
    process.stdout.write('taken\n')
    return new Promise<void>(() => {})
  },
  { concurrency: 1 },
)
