import { ObjectNotFound, type ObjectStore } from '@ratchet/ports/object-store.ts'
import { PortError } from '@ratchet/ports/port-error.ts'
import { unpackSegment } from './segment.ts'

/** Reads the uncompressed content of segments and remembers the ones last used, up to `cacheBytes` together. */
export class SegmentReader {
  readonly #objects: ObjectStore
  readonly #cacheBytes: number
  /** From the least to the most recently used. */
  readonly #cached = new Map<string, Buffer>()
  #bytes = 0

  constructor(objects: ObjectStore, cacheBytes: number) {
    this.#objects = objects
    this.#cacheBytes = cacheBytes
  }

  /** Throws PortError, not retryable, when the segment is gone or damaged. */
  async read(key: string): Promise<Buffer> {
    const cached = this.#cached.get(key)
    if (cached !== undefined) this.#forget(key, cached)
    const content = cached ?? (await this.#load(key))
    this.#remember(key, content)
    return content
  }

  async #load(key: string): Promise<Buffer> {
    const bytes = await this.#objects.get(key).catch((error: unknown) => {
      if (!(error instanceof ObjectNotFound)) throw error
      throw new PortError(`the texts of trajectories are gone: ${error.message}`, { retryable: false, cause: error })
    })
    return await unpackSegment(bytes).catch((cause: unknown) => {
      throw new PortError(`the segment ${key} is damaged: it cannot be unpacked`, { retryable: false, cause })
    })
  }

  #remember(key: string, content: Buffer): void {
    if (content.length > this.#cacheBytes || this.#cached.has(key)) return
    this.#cached.set(key, content)
    this.#bytes += content.length
    for (const [oldest, { length }] of this.#cached) {
      if (this.#bytes <= this.#cacheBytes) return
      this.#cached.delete(oldest)
      this.#bytes -= length
    }
  }

  #forget(key: string, content: Buffer): void {
    this.#cached.delete(key)
    this.#bytes -= content.length
  }
}
