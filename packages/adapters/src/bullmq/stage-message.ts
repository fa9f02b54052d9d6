import { StageName } from '@ratchet/domain/round/stage-name.ts'
import type { StageMessage as Message } from '@ratchet/ports/stage-queue.ts'
import { z } from 'zod'

/** A message as it comes back from the queue's store. */
export const StageMessage: z.ZodType<Message> = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('advance-round'), roundId: z.string() }),
  z.object({ kind: z.literal('run-shard'), roundId: z.string(), stage: StageName, index: z.number().int().min(0) }),
])

/** The same for equal messages, and different for different ones. */
export function waitingKey(message: Message): string {
  const { kind, roundId } = message
  return kind === 'advance-round' ? `${kind}/${roundId}` : `${kind}/${roundId}/${message.stage}/${message.index}`
}
