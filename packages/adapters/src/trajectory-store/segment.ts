import { createHash } from 'node:crypto'
import { promisify } from 'node:util'
import { gunzip, gzip } from 'node:zlib'
import type { SegmentPosition } from '../postgres/trajectory-index.ts'

/** Texts packed into one object. Positions are in the uncompressed content, the UTF-8 bytes of the texts one after another. */
export type Segment = {
  readonly key: string
  /** Gzip, so that `zcat` shows the texts. */
  readonly bytes: Uint8Array
  /** One for each text, in their order. */
  readonly positions: readonly SegmentPosition[]
}

/**
 * Packs texts into a segment under a key that is made from the content: the same texts packed again are the same object. A lone
 * surrogate has no UTF-8 form and becomes U+FFFD.
 */
export async function packSegment(roundId: string, texts: readonly string[]): Promise<Segment> {
  const parts = texts.map((text) => Buffer.from(text, 'utf8'))
  const content = Buffer.concat(parts)
  const key = `trajectories/${roundId}/${sha256Of(content).slice(0, 40)}.txt.gz`
  let end = 0
  const positions = parts.map(({ length }) => {
    const offset = end
    end += length
    return { key, offset, length }
  })
  return { key, bytes: await promisify(gzip)(content), positions }
}

/** The uncompressed content of a segment. Throws when the object is no gzip file or is cut. */
export async function unpackSegment(bytes: Uint8Array): Promise<Buffer> {
  return await promisify(gunzip)(bytes)
}

/** Lower-case hex digest of UTF-8 text or of bytes. */
export function sha256Of(content: string | Uint8Array): string {
  return createHash('sha256').update(content).digest('hex')
}
