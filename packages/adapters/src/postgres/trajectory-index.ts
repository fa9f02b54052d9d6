import type { Trajectory } from '@ratchet/domain/trajectory.ts'
import type { ShardClaim } from '@ratchet/ports/round-store.ts'
import type { TrajectoryStore } from '@ratchet/ports/trajectory-store.ts'
import type { Pool } from 'pg'

/** Where a trajectory's text is: `length` bytes from `offset` in the uncompressed content of the segment under `key`. */
export type SegmentPosition = { readonly key: string; readonly offset: number; readonly length: number }

/** The SQL half of TrajectoryStore: everything but the texts. */
export type TrajectoryIndex = Omit<TrajectoryStore, 'append' | 'texts'> & {
  /**
   * Writes rows, first verdicts and the sampling model's perplexities in one transaction, while holding the shard so that no
   * newer claim can begin. Rows whose key already exists are left alone. Throws ClaimLost, storing nothing.
   */
  insert(claim: ShardClaim, rows: readonly IndexRow[]): Promise<void>
}

export type IndexRow = { readonly trajectory: Trajectory; readonly segment: SegmentPosition }

export function createTrajectoryIndex(_pool: Pool): TrajectoryIndex {
  throw new Error('not built yet')
}
