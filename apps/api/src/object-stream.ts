import { Readable } from 'node:stream'
import type { ObjectStore } from '@ratchet/ports/object-store.ts'

const pieceBytes = 4 * 1024 * 1024

/** Reads part of an object piece by piece, as fast as whoever reads takes it; nothing is read after they went away. */
export function streamObject(objects: ObjectStore, key: string, range: { offset: number; length: number }): Readable {
  async function* pieces(): AsyncIterable<Uint8Array> {
    const end = range.offset + range.length
    for (let offset = range.offset; offset < end; ) {
      const piece = await objects.get(key, { offset, length: Math.min(pieceBytes, end - offset) })
      // Breaks the connection, lest the client wait for what does not come.
      if (piece.length === 0) throw new Error(`the object ${key} ends at ${offset} bytes, before ${end}`)
      offset += piece.length
      yield piece
    }
  }
  return Readable.from(pieces(), { objectMode: false })
}
