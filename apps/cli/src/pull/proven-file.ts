import { createHash, type Hash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { stat } from 'node:fs/promises'
import { errorCode } from '@ratchet/adapters/embedded/error-code.ts'

/** A file as a manifest names it. */
export type ProvenFile = { readonly path: string; readonly bytes: number; readonly sha256: string }

/** What has a file's name: nothing, the file, or something else. */
export async function lookAt(target: string, file: ProvenFile): Promise<'absent' | 'whole' | 'other'> {
  const bytes = await sizeOf(target)
  if (bytes === null) return 'absent'
  return bytes === file.bytes && (await hashOf(target)).digest('hex') === file.sha256 ? 'whole' : 'other'
}

/** Null where there is nothing; NaN where there is no file. */
export async function sizeOf(path: string): Promise<number | null> {
  try {
    const found = await stat(path)
    return found.isFile() ? found.size : Number.NaN
  } catch (error) {
    if (['ENOENT', 'ENOTDIR'].includes(errorCode(error) ?? '')) return null
    throw error
  }
}

/** The SHA-256 of a file, to which more may be added. */
export async function hashOf(path: string): Promise<Hash> {
  const hash = createHash('sha256')
  for await (const chunk of createReadStream(path)) hash.update(chunk)
  return hash
}
