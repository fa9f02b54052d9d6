import { assertNever } from '@ratchet/domain/assert-never.ts'
import { StageName } from '@ratchet/domain/round/stage-name.ts'
import type { StageMessage as Message } from '@ratchet/ports/stage-queue.ts'
import { z } from 'zod'

/** A message as it comes back from the queue's store. */
export const StageMessage: z.ZodType<Message> = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('advance-round'), roundId: z.string() }),
  z.object({ kind: z.literal('run-shard'), roundId: z.string(), stage: StageName, index: z.number().int().min(0) }),
  z.object({ kind: z.literal('reverify'), roundId: z.string(), reverificationId: z.string() }),
])

/** The same for equal messages, and different for different ones. */
export function waitingKey(message: Message): string {
  const { kind, roundId } = message
  switch (kind) {
    case 'advance-round':
      return `${kind}/${roundId}`
    case 'run-shard':
      return `${kind}/${roundId}/${message.stage}/${message.index}`
    case 'reverify':
      return `${kind}/${message.reverificationId}`
    default:
      return assertNever(message)
  }
}
