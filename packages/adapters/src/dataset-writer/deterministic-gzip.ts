import { promisify } from 'node:util'
import { gunzip, gzip } from 'node:zlib'

/** Gzip whose header names no file, time or operating system: the same content gives the same bytes. */
export async function deterministicGzip(content: Uint8Array): Promise<Buffer> {
  // zlib writes no name and the time 0.
  const bytes = await promisify(gzip)(content, { level: 6 })
  bytes[operatingSystemAt] = unknownSystem
  return bytes
}

/** Null when the bytes are no whole gzip file. */
export async function unpackGzip(bytes: Uint8Array): Promise<Buffer | null> {
  return await promisify(gunzip)(bytes).catch(() => null)
}

// RFC 1952, 2.3.1.
const operatingSystemAt = 9
const unknownSystem = 255
