/** Trained weights. `path` is a directory that the trainer and the endpoints can read; `manifestSha256` proves its content. */
export type Checkpoint = {
  readonly id: string
  readonly iterationId: string
  /** Null for a base model. */
  readonly roundId: string | null
  readonly path: string
  readonly manifestSha256: string | null
  /** Where it was pushed to in the object store, as in `s3://bucket/checkpoints/ck-1`; null where it was not. */
  readonly uri: string | null
  readonly metrics: Readonly<Record<string, unknown>>
}

/** What the keys of a pushed checkpoint begin with in the object store. */
export function checkpointPrefix(id: string): string {
  return `checkpoints/${id}/`
}
