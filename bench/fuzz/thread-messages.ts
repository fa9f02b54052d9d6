/** What a thread of the fuzzer is started with: it takes every `stride`-th input from `first` on, `last` of them at most. */
export interface ThreadData {
  readonly seed: number
  readonly first: number
  readonly stride: number
  readonly last: number
  /** One number of 32 bits: the index of the input that it is on. */
  readonly progress: SharedArrayBuffer
}

export type ThreadMessage =
  /** Sent at intervals: bytes that are held after the garbage is collected. */
  | { readonly kind: 'heap'; readonly bytes: number }
  | { readonly kind: 'finding'; readonly index: number; readonly what: string }
  | { readonly kind: 'end' }
