/** Trained weights. `path` is a directory that the trainer and the endpoints can read; `manifestSha256` proves its content. */
export type Checkpoint = {
  readonly id: string
  readonly iterationId: string
  /** Null for a base model. */
  readonly roundId: string | null
  readonly path: string
  readonly manifestSha256: string | null
  readonly metrics: Readonly<Record<string, unknown>>
}
