/** One verdict of one verifier on one row. */
export interface MeasuredVerdict {
  readonly decision: 'correct' | 'incorrect' | 'undecided'
  readonly reason: string
  readonly extracted: string | null
  /** By the clock on the wall, where the verdict is made. */
  readonly ms: number
}

/** What a verifier's whole process used for some rows. */
export interface Spent {
  readonly wallMs: number
  readonly cpuMs: number
}
