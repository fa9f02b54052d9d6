import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import type { Logger } from '@ratchet/ports/logger.ts'
import type { StageQueue } from '@ratchet/ports/stage-queue.ts'
import type { StageQueuesUnderTest } from '@ratchet/ports/testing/stage-queue-contract.ts'
import { createStageQueue } from '../stage-queue.ts'

export const silent: Logger = { debug() {}, info() {}, warn() {}, error() {} }

type Address = { readonly redisUrl: string } | { readonly databaseUrl: string }

/** Queues at one address under one prefix, for the contract. */
export function createQueuesUnderTest(
  address: Address,
  prefix: string,
  { empty, close }: Pick<StageQueuesUnderTest, 'empty' | 'close'>,
): StageQueuesUnderTest {
  const queues: StageQueue[] = []
  return {
    empty,
    async open() {
      const queue = await createStageQueue({ ...address, prefix, logger: silent })
      queues.push(queue)
      return queue
    },
    handleAndDie: () => handleAndDie(address, prefix),
    async close() {
      await Promise.all(queues.map((queue) => queue.close()))
      await close()
    },
  }
}

async function handleAndDie(address: Address, prefix: string): Promise<void> {
  const program = fileURLToPath(new URL('hold-message.ts', import.meta.url))
  const where =
    'redisUrl' in address ? { QUEUE_REDIS_URL: address.redisUrl } : { QUEUE_DATABASE_URL: address.databaseUrl }
  const child = spawn(process.execPath, ['--import', 'tsx', program], {
    env: { ...process.env, ...where, QUEUE_PREFIX: prefix },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const exited = once(child, 'exit')
  const taken = once(child.stdout, 'data').then(() => true)
  if (!(await Promise.race([taken, exited.then(() => false)]))) throw new Error('the holding process ended by itself')
  child.kill('SIGKILL')
  await exited
}
