import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { errorCode } from '../embedded/error-code.ts'
import { isKey, isKeyPrefix } from './object-key.ts'

/** The files below a directory whose path in it begins with a prefix, in ascending order of the bytes of these paths. */
export async function* walkKeys(directory: string, prefix: string): AsyncIterable<string> {
  yield* walk(directory, prefix.slice(0, prefix.lastIndexOf('/') + 1), prefix)
}

/** `parent` is empty or ends in a slash. */
async function* walk(directory: string, parent: string, prefix: string): AsyncIterable<string> {
  for (const path of await children(directory, parent)) {
    if (path.endsWith('/')) {
      // A directory on the way to the prefix, or one below it.
      if ((path.startsWith(prefix) || prefix.startsWith(path)) && isKeyPrefix(path))
        yield* walk(directory, path, prefix)
    } else if (path.startsWith(prefix) && isKey(path)) yield path
  }
}

/** Directories end in a slash, so that they are where their files belong: `a-b`, `a/b`, `a0`. */
async function children(directory: string, parent: string): Promise<string[]> {
  try {
    const entries = await readdir(join(directory, parent), { withFileTypes: true })
    const paths = entries
      .filter((entry) => entry.isDirectory() || entry.isFile())
      .map((entry) => (entry.isDirectory() ? `${parent}${entry.name}/` : `${parent}${entry.name}`))
    return inByteOrder(paths)
  } catch (error) {
    const code = errorCode(error)
    if (code === 'ENOENT' || code === 'ENOTDIR') return []
    throw error
  }
}

/** JavaScript compares UTF-16 units, which is another order beyond the Basic Multilingual Plane. */
function inByteOrder(paths: readonly string[]): string[] {
  const encoded = paths.map((path) => ({ path, bytes: Buffer.from(path) }))
  return encoded.sort((a, b) => Buffer.compare(a.bytes, b.bytes)).map(({ path }) => path)
}
