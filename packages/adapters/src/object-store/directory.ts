import { type FileHandle, open, rmdir, stat, unlink } from 'node:fs/promises'
import { dirname, join, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { ObjectNotFound, type ObjectStore } from '@ratchet/ports/object-store.ts'
import { errorCode } from '../embedded/error-code.ts'
import { type ByteRange, checkRange } from './byte-range.ts'
import { failureOfDirectory } from './directory-failure.ts'
import { checkKey, draftsName, isKeyPrefix } from './object-key.ts'
import { publishFile, removeOldDrafts, syncDirectory } from './publish-file.ts'
import { walkKeys } from './walk-keys.ts'

/**
 * Objects as plain files below a directory, each under its key. Any number of processes may use the directory at once and die
 * at any moment. Its file system must have hard links.
 */
export function createDirectoryStore(settings: { readonly directory: string }): ObjectStore {
  const directory = resolve(settings.directory)
  const drafts = join(directory, draftsName)
  let cleaning: Promise<void> | null = null
  const pathOf = (key: string): string => {
    checkKey(key)
    return join(directory, key)
  }
  const failure = (what: string) => (error: unknown) => {
    throw failureOfDirectory(directory, what, error)
  }

  async function put(path: string, bytes: Uint8Array, ifAbsent: boolean): Promise<{ existed: boolean }> {
    cleaning ??= removeOldDrafts(drafts)
    await cleaning
    // Spares the writing; who was first is decided in `publishFile`.
    if (!ifAbsent || (await sizeOf(path)) === null) return await publishFile(drafts, path, bytes, ifAbsent)
    await syncDirectory(dirname(path))
    return { existed: true }
  }

  return {
    put: async (key, bytes, options) =>
      await put(pathOf(key), bytes, options?.ifAbsent === true).catch(failure(`write ${key}`)),
    async get(key, range) {
      if (range !== undefined) checkRange(range)
      const bytes = await readBytes(pathOf(key), range).catch(failure(`read ${key}`))
      if (bytes === null) throw new ObjectNotFound(key)
      return bytes
    },
    async head(key) {
      const bytes = await sizeOf(pathOf(key)).catch(failure(`look at ${key}`))
      return bytes === null ? null : { bytes }
    },
    async *list(prefix) {
      if (!isKeyPrefix(prefix)) return
      try {
        yield* walkKeys(directory, prefix)
      } catch (error) {
        throw failureOfDirectory(directory, `list ${prefix}`, error)
      }
    },
    delete: async (key) => await remove(directory, pathOf(key)).catch(failure(`delete ${key}`)),
    presign: async (key) => {
      checkKey(key)
      return null
    },
    location: { uri: pathToFileURL(directory).href, endpoint: null, region: null },
    close: async () => {},
  }
}

/** Null when there is no such file. */
async function sizeOf(path: string): Promise<number | null> {
  const found = await unlessAbsent(stat(path))
  return found?.isFile() ? found.size : null
}

/** Null when there is no such file. All from the file that has the name at the beginning. */
async function readBytes(path: string, range: ByteRange | undefined): Promise<Uint8Array | null> {
  const file = await unlessAbsent(open(path))
  if (file === null) return null
  try {
    const found = await file.stat()
    if (!found.isFile()) return null
    const offset = Math.min(range?.offset ?? 0, found.size)
    return await readFully(file, offset, Math.min(range?.length ?? found.size, found.size - offset))
  } finally {
    await file.close()
  }
}

async function readFully(file: FileHandle, offset: number, length: number): Promise<Uint8Array> {
  const bytes = new Uint8Array(length)
  // No system reads more than 2 GiB at once.
  const most = 2 ** 30
  for (let done = 0; done < length; ) {
    const { bytesRead } = await file.read(bytes, done, Math.min(most, length - done), offset + done)
    if (bytesRead === 0) throw new Error('the file became shorter while it was read')
    done += bytesRead
  }
  return bytes
}

/** Removes a file, and the directories that are empty then. */
async function remove(directory: string, path: string): Promise<void> {
  if ((await sizeOf(path)) === null) return
  await unlessAbsent(unlink(path))
  await syncDirectory(dirname(path))
  for (let parent = dirname(path); parent !== directory; parent = dirname(parent)) {
    const removed = await rmdir(parent).catch(() => 'stays')
    if (removed === 'stays') break
  }
}

async function unlessAbsent<Result>(promise: Promise<Result>): Promise<Result | null> {
  try {
    return await promise
  } catch (error) {
    const code = errorCode(error)
    if (code === 'ENOENT' || code === 'ENOTDIR') return null
    throw error
  }
}
