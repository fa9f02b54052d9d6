import type { StageName } from '@ratchet/domain/round/stage-name.ts'

/**
 * Delivers messages at least once and remembers nothing of worth: everything in it can be filled again from Postgres.
 * Enqueueing a message that is already waiting is a no-op; one that is being handled may be enqueued again.
 */
export interface StageQueue {
  enqueue(messages: readonly StageMessage[], options?: { delaySeconds?: number }): Promise<void>
  /** Hands messages to `handle`, at most `concurrency` at once. A throwing handler loses the message: the reconcile brings it back. */
  consume(handle: (message: StageMessage) => Promise<void>, options: { concurrency: number }): Promise<QueueConsumer>
  close(): Promise<void>
}

export type StageMessage =
  | { readonly kind: 'advance-round'; readonly roundId: string }
  | { readonly kind: 'run-shard'; readonly roundId: string; readonly stage: StageName; readonly index: number }

export interface QueueConsumer {
  /** Takes no more messages and waits for those being handled. */
  close(): Promise<void>
}
