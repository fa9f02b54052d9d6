import type { StageName } from '@ratchet/domain/round/stage-name.ts'

/**
 * Delivers messages at least once and remembers nothing of worth: everything in it can be filled again from Postgres.
 *
 * A message waits at most once, until the earliest time that anybody asked for: enqueueing one that waits changes nothing,
 * unless it asks for an earlier time, as an immediate enqueue does of a delayed one. A message waits no more once a handler
 * has it: enqueueing it then makes it wait anew, so that a handler starts after every enqueue. It may then be handled while
 * the first handling goes on.
 *
 * When the store is out of reach, `enqueue` and `consume` soon throw a retryable PortError, and a consumer goes on by itself
 * once the store is back. Of several enqueued messages some may then be enqueued; enqueueing all again does no harm.
 */
export interface StageQueue {
  /** In the order given. `delaySeconds` is 0 unless given. */
  enqueue(messages: readonly StageMessage[], options?: { delaySeconds?: number }): Promise<void>
  /**
   * Hands messages to `handle`, at most `concurrency` at once, beside every other consumer of the same store.
   * A throwing handler loses the message: the reconcile brings it back. So may a consumer that dies, though it may also be
   * delivered again later; it is never in the way of enqueueing the same message.
   */
  consume(handle: (message: StageMessage) => Promise<void>, options: { concurrency: number }): Promise<QueueConsumer>
  /** Closes the consumers that are still open, then disconnects. */
  close(): Promise<void>
}

export type StageMessage =
  | { readonly kind: 'advance-round'; readonly roundId: string }
  | { readonly kind: 'run-shard'; readonly roundId: string; readonly stage: StageName; readonly index: number }
  | { readonly kind: 'reverify'; readonly roundId: string; readonly reverificationId: string }

export interface QueueConsumer {
  /** Takes no more messages and waits for those being handled. */
  close(): Promise<void>
}
