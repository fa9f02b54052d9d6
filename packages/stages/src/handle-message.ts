import { assertNever } from '@ratchet/domain/assert-never.ts'
import type { StageMessage } from '@ratchet/ports/stage-queue.ts'
import { advanceRound } from './advance-round.ts'
import { runReverification } from './run-reverification.ts'
import { runShard, type Worker } from './run-shard.ts'
import type { World } from './world.ts'

/** What a worker does with a message. */
export async function handleMessage(world: World, message: StageMessage, worker: Worker): Promise<void> {
  switch (message.kind) {
    case 'advance-round':
      return await advanceRound(world, message.roundId)
    case 'run-shard':
      return await runShard(world, message, worker)
    case 'reverify':
      return await runReverification(world, message, worker)
    default:
      return assertNever(message)
  }
}
