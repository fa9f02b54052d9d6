import type { TrajectoryWithText } from '@ratchet/domain/trajectory.ts'
import type { ShardClaim } from '@ratchet/ports/round-store.ts'
import type { World } from './world.ts'

/** Trajectories that one append holds at most, and how long the first of them waits at most. */
const flushRows = 128
const flushAfterMs = 1500

/**
 * Gathers trajectories and appends them in segments of useful size, one append at a time. What is in here when the process dies is
 * sampled again; what was appended is not.
 */
export class AppendBuffer {
  readonly #world: World
  readonly #claim: ShardClaim
  readonly #onFailure: (error: unknown) => void
  #rows: TrajectoryWithText[] = []
  #waiting = new AbortController()
  #appended = 0
  #appending: Promise<void> = Promise.resolve()
  #failure: { readonly error: unknown } | null = null

  /** `onFailure` is told what an append threw; nothing is appended after that. */
  constructor(world: World, claim: ShardClaim, onFailure: (error: unknown) => void) {
    this.#world = world
    this.#claim = claim
    this.#onFailure = onFailure
  }

  /** Trajectories that are durable. */
  get appended(): number {
    return this.#appended
  }

  add(trajectory: TrajectoryWithText): void {
    if (this.#rows.length === 0) this.#appendLater()
    this.#rows.push(trajectory)
    if (this.#rows.length >= flushRows) this.#append()
  }

  /** Resolves when everything added is durable; throws what an append threw. */
  async flush(): Promise<void> {
    this.#append()
    await this.#appending
    if (this.#failure !== null) throw this.#failure.error
  }

  #appendLater(): void {
    this.#waiting = new AbortController()
    this.#world.clock.sleep(flushAfterMs, this.#waiting.signal).then(
      () => this.#append(),
      () => {},
    )
  }

  #append(): void {
    if (this.#rows.length === 0) return
    this.#waiting.abort()
    const rows = this.#rows
    this.#rows = []
    this.#appending = this.#appending
      .then(async () => {
        if (this.#failure !== null) return
        await this.#world.trajectories.append(this.#claim, rows)
        this.#appended += rows.length
      })
      .catch((error: unknown) => {
        this.#failure = { error }
        this.#onFailure(error)
      })
  }
}
