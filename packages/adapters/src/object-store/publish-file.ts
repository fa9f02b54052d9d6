import { randomUUID } from 'node:crypto'
import { link, mkdir, open, readdir, rename, rm, rmdir, stat } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { errorCode } from '../embedded/error-code.ts'

/**
 * Writes a file whole and durably: first as a draft, then under its name in one step. With `ifAbsent`, a file that is there
 * stays. Throws EISDIR when a directory that is not empty has the name, and the errors of the file system.
 */
export async function publishFile(
  draftsDirectory: string,
  path: string,
  bytes: Uint8Array,
  ifAbsent: boolean,
): Promise<{ existed: boolean }> {
  const draft = join(draftsDirectory, randomUUID())
  await makeDirectory(draftsDirectory)
  try {
    await writeDraft(draft, bytes)
    const existed = await place(draft, path, ifAbsent)
    await syncDirectory(dirname(path))
    return { existed }
  } finally {
    await rm(draft, { force: true })
  }
}

/** Makes the names in a directory durable. It may be gone, and its files with it. */
export async function syncDirectory(path: string): Promise<void> {
  try {
    const directory = await open(path)
    try {
      await directory.sync()
    } finally {
      await directory.close()
    }
  } catch (error) {
    if (errorCode(error) !== 'ENOENT') throw error
  }
}

/** Removes what writers left that died more than a day ago. */
export async function removeOldDrafts(draftsDirectory: string): Promise<void> {
  const dayMs = 24 * 60 * 60 * 1000
  for (const name of await readdir(draftsDirectory).catch(() => [])) {
    const draft = join(draftsDirectory, name)
    const found = await stat(draft).catch(() => null)
    if (found !== null && Date.now() - found.mtimeMs > dayMs) await rm(draft, { force: true })
  }
}

async function writeDraft(draft: string, bytes: Uint8Array): Promise<void> {
  const file = await open(draft, 'wx')
  try {
    await file.writeFile(bytes)
    await file.sync()
  } finally {
    await file.close()
  }
}

/** Gives the draft its name; whether a file had it and stays. Others may make and remove the same directories meanwhile. */
async function place(draft: string, path: string, ifAbsent: boolean): Promise<boolean> {
  for (let tries = 1; ; tries += 1) {
    try {
      await makeDirectory(dirname(path))
      // A link fails where there is a name already; a rename replaces it.
      await (ifAbsent ? link(draft, path) : rename(draft, path))
      return false
    } catch (error) {
      const code = errorCode(error)
      const found = code === 'EEXIST' || code === 'EISDIR' ? await stat(path).catch(() => null) : null
      if (ifAbsent && found?.isFile()) return true
      if (found?.isDirectory() && !(await removeEmptyTree(path)))
        throw Object.assign(new Error('a directory has the name'), { code: 'EISDIR' })
      const changed = code === 'ENOENT' || code === 'EEXIST' || code === 'EISDIR'
      if (!changed || tries === 100) throw error
    }
  }
}

/** With its parents, each durable. */
async function makeDirectory(path: string): Promise<void> {
  const first = await mkdir(path, { recursive: true })
  if (first === undefined) return
  for (let made = path; made.length >= first.length; made = dirname(made)) await syncDirectory(dirname(made))
}

/** False when a file is below. Leaves the files that it finds and those that come meanwhile. */
async function removeEmptyTree(path: string): Promise<boolean> {
  for (const entry of await readdir(path, { withFileTypes: true }).catch(() => [])) {
    if (!entry.isDirectory() || !(await removeEmptyTree(join(path, entry.name)))) return false
  }
  try {
    await rmdir(path)
    return true
  } catch (error) {
    return errorCode(error) === 'ENOENT'
  }
}
