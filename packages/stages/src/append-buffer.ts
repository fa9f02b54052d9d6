import type { TrajectoryWithText } from '@ratchet/domain/trajectory.ts'
import type { ShardClaim } from '@ratchet/ports/round-store.ts'
import type { World } from './world.ts'

/** Trajectories that one append holds at most, and how long the first of them waits. */
const flushRows = 128
const flushAfterMs = 1500

/**
 * Gathers trajectories and appends them in segments of useful size, one append at a time. What is in here when the process dies is
 * sampled again; what was appended is not.
 */
export class AppendBuffer {
  readonly #world: World
  readonly #claim: ShardClaim
  #rows: TrajectoryWithText[] = []
  #oldestAtMs = 0
  #appended = 0
  #appending: Promise<void> = Promise.resolve()
  #failure: { readonly error: unknown } | null = null

  constructor(world: World, claim: ShardClaim) {
    this.#world = world
    this.#claim = claim
  }

  /** Trajectories that are durable. */
  get appended(): number {
    return this.#appended
  }

  add(trajectory: TrajectoryWithText): void {
    const nowMs = this.#world.clock.now().getTime()
    if (this.#rows.length === 0) this.#oldestAtMs = nowMs
    this.#rows.push(trajectory)
    if (this.#rows.length >= flushRows || nowMs - this.#oldestAtMs >= flushAfterMs) this.#append()
  }

  /** Throws what an append threw earlier. */
  check(): void {
    if (this.#failure !== null) throw this.#failure.error
  }

  /** Resolves when everything added is durable. */
  async flush(): Promise<void> {
    this.#append()
    await this.#appending
    this.check()
  }

  #append(): void {
    if (this.#rows.length === 0) return
    const rows = this.#rows
    this.#rows = []
    this.#appending = this.#appending
      .then(async () => {
        if (this.#failure !== null) return
        await this.#world.trajectories.append(this.#claim, rows)
        this.#appended += rows.length
      })
      .catch((error: unknown) => {
        this.#failure ??= { error }
      })
  }
}
