import type { StageMessage } from '@ratchet/ports/stage-queue.ts'
import { advanceRound } from './advance-round.ts'
import { runShard, type Worker } from './run-shard.ts'
import type { World } from './world.ts'

/** What a worker does with a message. */
export async function handleMessage(world: World, message: StageMessage, worker: Worker): Promise<void> {
  if (message.kind === 'advance-round') await advanceRound(world, message.roundId)
  else await runShard(world, message, worker)
}
