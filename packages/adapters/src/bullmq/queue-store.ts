import type { BackendFactory, IQueueBackend } from 'bullmq'

/** Where BullMQ keeps a queue, and how each end of it connects. */
export type QueueStore<Connection> = {
  readonly server: 'Redis' | 'PostgreSQL'
  readonly createBackend: BackendFactory<IQueueBackend, Connection>
  /** Namespace of the keys; null where the connection says it. */
  readonly keyPrefix: string | null
  /** Gives up soon: somebody waits for the answer. */
  readonly producer: Connection
  /** Waits until the store is back: nobody does. */
  readonly consumer: Connection
  /** Creates what the store lacks. Any number of processes may at once. */
  prepare(): Promise<void>
  /** Whether what failed is worth another try at once, as after a deadlock, or when the store lacked something, which is created. */
  mend(error: unknown): Promise<boolean>
  /** Why an error happened, in words that hold no secret. */
  reason(error: unknown): string
  /** Whether only somebody's doing can mend it. */
  isPermanent(error: unknown): boolean
}

/** How long anybody waits for an answer from the store. */
export const patienceMs = 5000
