import { ObjectNotFound, type ObjectStore } from '../object-store.ts'
import { PortError } from '../port-error.ts'

/** Objects in memory. `presigned` is what signed addresses begin with; without it the store signs none. */
export function createMemoryObjectStore({ presigned }: { readonly presigned?: string } = {}): ObjectStore {
  const objects = new Map<string, Uint8Array>()
  return {
    async put(key, bytes, options) {
      checkKey(key)
      if (options?.ifAbsent === true && objects.has(key)) return { existed: true }
      for (const other of objects.keys())
        if (other.startsWith(`${key}/`) || key.startsWith(`${other}/`))
          throw new PortError(`${key} cannot be an object beside ${other}`, { retryable: false })
      // A copy, since the caller's bytes may change.
      objects.set(key, Uint8Array.from(bytes))
      return { existed: false }
    },
    async get(key, range) {
      checkKey(key)
      for (const value of Object.values(range ?? {}))
        if (!Number.isSafeInteger(value) || value < 0)
          throw new PortError(`a byte range cannot have ${value}`, { retryable: false })
      const bytes = objects.get(key)
      if (bytes === undefined) throw new ObjectNotFound(key)
      return range === undefined ? bytes.slice() : bytes.slice(range.offset, range.offset + range.length)
    },
    async head(key) {
      checkKey(key)
      const bytes = objects.get(key)
      return bytes === undefined ? null : { bytes: bytes.length }
    },
    async *list(prefix) {
      const keys = [...objects.keys()].filter((key) => key.startsWith(prefix))
      yield* keys.sort((a, b) => Buffer.compare(Buffer.from(a, 'utf8'), Buffer.from(b, 'utf8')))
    },
    async delete(key) {
      checkKey(key)
      objects.delete(key)
    },
    async presign(key) {
      checkKey(key)
      return presigned === undefined ? null : `${presigned}${key}`
    },
    location: { uri: 's3://memory', endpoint: null, region: null },
    async close() {},
  }
}

/** Throws PortError when no store takes the key. */
function checkKey(key: string): void {
  const tooLong = (text: string, bytes: number) => Buffer.byteLength(text, 'utf8') > bytes
  const faulty =
    /[\p{Cc}\p{Surrogate}\ufffe\uffff]/u.test(key) ||
    tooLong(key, 1024) ||
    key.split('/').some((part) => ['', '.', '..'].includes(part) || tooLong(part, 255))
  if (faulty)
    throw new PortError(`${JSON.stringify(key)} is no object key: some store would not take it`, { retryable: false })
}
