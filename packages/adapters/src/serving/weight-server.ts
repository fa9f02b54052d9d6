import type { Canary } from '@ratchet/ports/serving.ts'
import type { CanaryProof } from './prove-canary.ts'

/**
 * One running server whose weights can be replaced. Its label, a text that the server keeps and loses with its process, says what is
 * done with it; it proves nothing about the weights.
 */
export type WeightServer = {
  /** The API's base, ending in `/v1`. */
  readonly url: string
  look(): Promise<WeightServerLook>
  /** Sets the label. False when nobody took note of it. */
  mark(label: string): Promise<boolean>
  /** Waits until no request runs, or the time is over. */
  drain(timeoutMs: number): Promise<void>
  /** Before weights are replaced: lets a later proof tell what has changed. */
  prepare(found: FoundServer, canary: Canary): Promise<void>
  /** Pauses, once running requests are done, and loads. Whatever comes of it, the server stays paused. May be called again when paused. */
  replace(found: FoundServer, path: string, label: string): Promise<Replacement>
  resume(): Promise<boolean>
  /** Stops sampling at once; what runs is aborted. */
  halt(): Promise<void>
  prove(found: FoundServer, canary: Canary): Promise<CanaryProof>
  close(): Promise<void>
}

export type FoundServer = {
  readonly label: string
  /** The name under which the server answers, whatever its weights. */
  readonly model: string
  /** What it was started on, as far as it tells. */
  readonly root: string | null
  readonly contextTokens: number | null
  readonly paused: boolean
}

export type WeightServerLook =
  | { readonly kind: 'unanswered' }
  /** It cannot do what is asked of it; the reason says how to start it. */
  | { readonly kind: 'unfit'; readonly reason: string }
  | ({ readonly kind: 'found' } & FoundServer)

export type Replacement =
  | { readonly kind: 'replaced' }
  | { readonly kind: 'refused'; readonly reason: string }
  | { readonly kind: 'unanswered' }
