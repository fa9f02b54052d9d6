import { PortError } from './port-error.ts'

/**
 * Objects under keys, S3's semantics. Keys are `/`-separated parts of at most 255 bytes, 1,024 in all; no empty, `.` or `..`
 * part, no control character; never both `a` and `a/b`. Every call refuses what is no key. A put is atomic and durable when it
 * resolves: readers see the whole old or the whole new object.
 */
export interface ObjectStore {
  /** With `ifAbsent`, leaves an existing object alone and says `existed: true`. */
  put(
    key: string,
    bytes: Uint8Array,
    options?: { ifAbsent?: boolean; contentType?: string },
  ): Promise<{ existed: boolean }>
  /** Throws ObjectNotFound. `range` is a byte range, `length` bytes from `offset`, fewer where the object ends. */
  get(key: string, range?: { offset: number; length: number }): Promise<Uint8Array>
  /** Null when there is none. */
  head(key: string): Promise<{ bytes: number } | null>
  /** Keys under a prefix in ascending order of their UTF-8 bytes. */
  list(prefix: string): AsyncIterable<string>
  /** Absent is fine. */
  delete(key: string): Promise<void>
  /** A URL that anyone may GET for a while, or null where the store has no such thing. */
  presign(key: string, expiresInSeconds: number): Promise<string | null>
  /** How another program reaches the same objects. Holds no secret. */
  readonly location: ObjectStoreLocation
  close(): Promise<void>
}

export type ObjectStoreLocation = {
  /** What keys follow after a slash: `s3://bucket`, `s3://bucket/prefix` or `file:///directory`. */
  readonly uri: string
  /** The server of a bucket; null for AWS itself, and for a directory. */
  readonly endpoint: string | null
  readonly region: string | null
}

export class ObjectNotFound extends PortError {
  constructor(key: string) {
    super(`there is no object ${key}`, { retryable: false })
  }
}
