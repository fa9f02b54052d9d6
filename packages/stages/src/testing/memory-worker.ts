import { handleMessage } from '../handle-message.ts'
import { reconcile } from '../reconcile.ts'
import type { Worker } from '../run-shard.ts'
import type { World } from '../world.ts'
import type { MemoryWorld } from './memory-world.ts'

export type MemoryWorker = {
  /** Gives the claims back; what is being handled goes on. */
  stop(): void
}

/** A worker as the program has it: it consumes the queue and reconciles every five seconds. */
export async function startWorker(
  world: World,
  { concurrency = 4, ...settings }: Partial<Worker> & { readonly concurrency?: number } = {},
): Promise<MemoryWorker> {
  const shutdown = new AbortController()
  const worker = workerNamed('worker', { shutdown: shutdown.signal, ...settings })
  const consumer = await world.queue.consume((message) => handleMessage(world, message, worker), { concurrency })
  const reconciling = async () => {
    while (!shutdown.signal.aborted) {
      await reconcile(world).catch(() => {})
      await world.clock.sleep(5000, shutdown.signal)
    }
  }
  reconciling().catch(() => {})
  return {
    stop() {
      shutdown.abort(new Error('the worker shuts down'))
      consumer.close().catch(() => {})
    },
  }
}

/** A worker with a lease of 15 seconds that nobody shuts down, with differences. */
export function workerNamed(owner: string, difference: Partial<Worker> = {}): Worker {
  return { owner, shutdown: new AbortController().signal, leaseSeconds: 15, heartbeatSeconds: 3, ...difference }
}

/** Resolves when everything that can go on without time passing has done so. */
export function stillness(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve))
}

/** Lets time pass until it is so. Throws when nothing sleeps any more or it takes too many moves. */
export async function until({ clock }: MemoryWorld, isSo: () => boolean | Promise<boolean>): Promise<void> {
  for (let moves = 0; moves < 3000; moves++) {
    await stillness()
    if (await isSo()) return
    if (!clock.next()) throw new Error('everything stands still')
  }
  throw new Error('it takes too long')
}

/** Lets time pass until the iteration has come to an end. */
export async function untilEnded(memory: MemoryWorld, iterationId: string): Promise<void> {
  await until(memory, async () => {
    const iteration = await memory.world.rounds.iteration(iterationId)
    return iteration !== null && ['succeeded', 'failed', 'cancelled'].includes(iteration.state)
  })
}
