import type { InstallationCounts } from '@ratchet/ports/installation-counts.ts'
import type { ObjectStore } from '@ratchet/ports/object-store.ts'
import type { World } from '@ratchet/stages/world.ts'

/** What the API needs from outside: the loop's world, the objects it hands out, and what its health depends on. */
export type ApiWorld = World & {
  readonly objects: ObjectStore
  readonly counts: InstallationCounts
  /** All must pass for the API to be ready. */
  readonly readiness: readonly ReadinessCheck[]
}

export type ReadinessCheck = {
  /** As in `database`. */
  readonly name: string
  /** Throws when it is not usable. */
  readonly check: (signal: AbortSignal) => Promise<void>
}
