import type { ObjectStore } from '@ratchet/ports/object-store.ts'
import { PortError } from '@ratchet/ports/port-error.ts'
import type { StoredTrajectory, TrajectoryStore } from '@ratchet/ports/trajectory-store.ts'
import type { TrajectoryIndex } from '../postgres/trajectory-index.ts'
import { packSegment, sha256Of } from './segment.ts'
import { SegmentReader } from './segment-reader.ts'

/** Segments read at a time, and the bytes of uncompressed ones that are remembered. */
const parallelReads = 8
const cacheBytes = 64 * 2 ** 20

/**
 * Trajectories with their rows in an index and their texts in segments of an object store, one segment for each append.
 *
 * The segment is put first, then its rows are committed: a row never points to a segment that is not durable. Whatever dies in
 * between leaves an object that no row points to. It costs its bytes only, and the same append again uses it; nothing sweeps such
 * orphans, since a sweep could take the segment of an append that has not come to its rows. A row that exists keeps pointing to the
 * segment it came with.
 */
export function createTrajectoryStore({
  index,
  objects,
}: {
  readonly index: TrajectoryIndex
  readonly objects: ObjectStore
}): TrajectoryStore {
  const { insert, ...rest } = index
  const segments = new SegmentReader(objects, cacheBytes)
  return {
    ...rest,

    async append(claim, trajectories) {
      for (const { id, text, textSha256 } of trajectories) {
        if (sha256Of(text) !== textSha256)
          throw new PortError(`the hash of trajectory ${id} is not that of its text`, { retryable: false })
      }
      if (trajectories.length === 0) return await insert(claim, [])
      const texts = trajectories.map(({ text }) => text)
      const { key, bytes, positions } = await packSegment(claim.roundId, texts)
      await objects.put(key, bytes, { ifAbsent: true, contentType: 'application/gzip' })
      const rows = trajectories.map(({ text: _text, ...trajectory }, at) => {
        const segment = positions[at]
        if (segment === undefined) throw new Error(`text ${at} has no position`)
        return { trajectory, segment }
      })
      await insert(claim, rows)
    },

    async texts(trajectories) {
      const places = new Map<string, number[]>()
      for (const [at, { segment }] of trajectories.entries()) {
        const there = places.get(segment.key)
        if (there === undefined) places.set(segment.key, [at])
        else there.push(at)
      }
      const texts = new Array<string>(trajectories.length)
      const waiting = [...places]
      const readWaiting = async () => {
        for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
          const [key, there] = next
          const content = await segments.read(key)
          for (const at of there) texts[at] = textIn(content, trajectories[at])
        }
      }
      const stop = (error: unknown) => {
        waiting.length = 0
        throw error
      }
      await Promise.all(Array.from({ length: Math.min(parallelReads, places.size) }, () => readWaiting().catch(stop)))
      return texts
    },
  }
}

function textIn(content: Buffer, trajectory: StoredTrajectory | undefined): string {
  if (trajectory === undefined) throw new Error('there is no such trajectory')
  const { id, segment, textSha256 } = trajectory
  const bytes = content.subarray(segment.offset, segment.offset + segment.length)
  if (sha256Of(bytes) !== textSha256)
    throw new PortError(
      `the text of trajectory ${id} in ${segment.key} is not the one that was stored: its hash differs`,
      { retryable: false },
    )
  return bytes.toString('utf8')
}
