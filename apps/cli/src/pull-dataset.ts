import { createHash, type Hash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { mkdir, open, rename, rm, stat } from 'node:fs/promises'
import { dirname, isAbsolute, join, normalize, resolve } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { DatasetFileView } from '@ratchet/api/schemas/dataset.ts'
import type { ApiClient } from './api-client.ts'

export type PulledDataset = {
  readonly id: string
  readonly directory: string
  /** `had`: was there already, whole. */
  readonly files: readonly { readonly path: string; readonly sha256: string; readonly had: boolean }[]
}

const attempts = 4

/**
 * Downloads every file of a dataset version. A file has its name only when it is whole and its hash is right; a download that broke
 * goes on where it stopped, in this call or the next. Throws when the bytes are not those of the manifest.
 */
export async function pullDataset(
  client: ApiClient,
  id: string,
  directory: string,
  options: {
    readonly onProgress?: (path: string, done: number, total: number) => void
    readonly retryMs?: number
  } = {},
): Promise<PulledDataset> {
  const files: { path: string; sha256: string; had: boolean }[] = []
  for (const { path, sha256 } of await client.datasetFiles(id)) {
    const target = join(directory, safePath(path))
    const had = await isWhole(target, sha256)
    for (let attempt = 1; !had; attempt++) {
      try {
        // Asked for anew each time, since a signed address expires.
        const file = (await client.datasetFiles(id)).find((each) => each.path === path)
        if (file === undefined) throw new Error(`the file ${path} is gone from ${id}`)
        await fetchFile(client, file, target, (done) => options.onProgress?.(path, done, file.bytes))
        break
      } catch (error) {
        if (attempt === attempts) throw error
        await sleep((options.retryMs ?? 500) * 2 ** attempt)
      }
    }
    files.push({ path, sha256, had })
  }
  return { id, directory: resolve(directory), files }
}

/** A file's path comes from elsewhere: it must not lead out of the directory. */
function safePath(path: string): string {
  const normal = normalize(path)
  if (isAbsolute(normal) || normal.split(/[\\/]/).includes('..'))
    throw new Error(`the file name ${JSON.stringify(path)} is not acceptable`)
  return normal
}

async function isWhole(target: string, sha256: string): Promise<boolean> {
  return (await sizeOf(target)) !== null && (await hashOf(target)).digest('hex') === sha256
}

async function sizeOf(path: string): Promise<number | null> {
  try {
    return (await stat(path)).size
  } catch {
    return null
  }
}

async function hashOf(path: string): Promise<Hash> {
  const hash = createHash('sha256')
  for await (const chunk of createReadStream(path)) hash.update(chunk)
  return hash
}

async function fetchFile(
  client: ApiClient,
  file: DatasetFileView,
  target: string,
  onBytes: (done: number) => void,
): Promise<void> {
  const part = `${target}.part`
  await mkdir(dirname(target), { recursive: true })
  const partial = (await sizeOf(part)) ?? 0
  const had = partial > 0 && partial < file.bytes ? partial : 0
  const response = await client.download(file, had)
  const offset = response.status === 206 ? had : 0
  const hash = offset > 0 ? await hashOf(part) : createHash('sha256')
  const handle = await open(part, offset > 0 ? 'a' : 'w')
  let done = offset
  try {
    for await (const chunk of response.body ?? []) {
      await handle.write(chunk)
      hash.update(chunk)
      done += chunk.length
      onBytes(done)
    }
    await handle.sync()
  } finally {
    await handle.close()
  }
  if (done < file.bytes) throw new Error(`the download of ${file.path} broke off at ${done} of ${file.bytes} bytes`)
  if (hash.digest('hex') !== file.sha256) {
    await rm(part, { force: true })
    throw new Error(`what was downloaded as ${file.path} is not the file of the manifest: its sha256 differs`)
  }
  await rename(part, target)
}
