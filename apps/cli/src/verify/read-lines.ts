import { isUtf8 } from 'node:buffer'

/** `bytes`: of the line with its end. `ended`: false for a last line without a line feed. */
export type Line = {
  readonly number: number
  readonly bytes: number
  readonly ended: boolean
} & (
  | { readonly ok: true; readonly text: string }
  /** `reason`: with the remedy. `head`: the beginning of what cannot be read. */
  | { readonly ok: false; readonly reason: string; readonly head: string }
)

const headBytes = 4096

/** The lines of a stream, in constant memory: of a line of more than `longest` bytes only the head is kept. Blank lines come too. */
export async function* readLines(stream: AsyncIterable<Uint8Array>, longest: number): AsyncGenerator<Line> {
  let parts: Buffer[] = []
  let bytes = 0
  let number = 0
  const add = (part: Buffer): void => {
    if (bytes > longest) {
      bytes += part.length
      return
    }
    parts.push(part)
    bytes += part.length
    if (bytes > longest) parts = [Buffer.concat(parts, Math.min(bytes, headBytes))]
  }
  const end = (feed: 0 | 1): Line => {
    number += 1
    const line = { number, bytes: bytes + feed, ended: feed === 1 }
    const content = parts.length === 1 && parts[0] !== undefined ? parts[0] : Buffer.concat(parts)
    const head = (): string => content.toString('utf8', 0, headBytes)
    const tooLong = bytes > longest
    parts = []
    bytes = 0
    if (tooLong) return { ...line, ok: false, reason: `it is longer than ${longest} bytes; shorten it`, head: head() }
    if (!isUtf8(content)) return { ...line, ok: false, reason: 'it is not UTF-8; convert it', head: head() }
    // A byte order mark at the very beginning is no part of the text.
    const text = content.toString('utf8')
    return { ...line, ok: true, text: number === 1 && text.startsWith('\ufeff') ? text.slice(1) : text }
  }
  for await (const data of stream) {
    const chunk = Buffer.from(data.buffer, data.byteOffset, data.byteLength)
    let from = 0
    for (let feed = chunk.indexOf(10); feed !== -1; feed = chunk.indexOf(10, from)) {
      add(chunk.subarray(from, feed))
      yield end(1)
      from = feed + 1
    }
    if (from < chunk.length) add(chunk.subarray(from))
  }
  if (bytes > 0) yield end(0)
}
