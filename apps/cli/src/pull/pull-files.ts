import { resolve } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { ApiClient } from '../api-client.ts'
import { ApiRefused, ApiUnreachable } from '../api-error.ts'
import { BrokenDownload, fetchFile } from './fetch-file.ts'
import { createListing, type Listing } from './listing.ts'
import { openPullDirectory } from './pull-directory.ts'

/** Something immutable whose files the API hands out. */
export type Pullable = { readonly kind: 'dataset' | 'checkpoint'; readonly id: string }

export type PulledFiles = {
  readonly id: string
  readonly directory: string
  /** `had`: was there already, whole. */
  readonly files: readonly {
    readonly path: string
    readonly bytes: number
    readonly sha256: string
    readonly had: boolean
  }[]
}

export type PullOptions = {
  /** `path` is what comes now; the bytes are those of all files, of which some may have been there. */
  readonly onProgress?: (path: string, doneBytes: number, totalBytes: number) => void
  /** The pause after the first failure is twice as long, after the next four times. */
  readonly retryMs?: number
}

/** Failures in a row, none of which brought a file further. */
const mostFailures = 4

/**
 * Downloads every file of a dataset version or a checkpoint, `manifest.json` last: a directory that has one is whole. Each file is
 * proven by its hash; a download that broke goes on where it stopped, in this call or the next. Throws a UsageError for a directory
 * that holds something else, and an Error when what came is not what the manifest names.
 */
export async function pullFiles(
  client: ApiClient,
  { kind, id }: Pullable,
  path: string,
  options: PullOptions = {},
): Promise<PulledFiles> {
  const listing = createListing(() => (kind === 'dataset' ? client.datasetFiles(id) : client.checkpointFiles(id)))
  const listed = await listing.files()
  const files = listed.filter((file) => file.path !== 'manifest.json')
  const manifest = listed.find((file) => file.path === 'manifest.json')
  if (manifest === undefined)
    throw new Error(`${id} has no manifest.json in the object store, which tells when it is whole: restore it`)
  const directory = await openPullDirectory(path, id, files, manifest)

  const bytesOf = (some: readonly { readonly bytes: number }[]): number =>
    some.reduce((sum, { bytes }) => sum + bytes, 0)
  const total = bytesOf(files)
  let done = total - bytesOf(directory.missing)
  const fetchOne = async (path: string, target: string, onBytes: (bytes: number) => void): Promise<void> =>
    await fetchPatiently(client, listing, path, target, onBytes, options.retryMs ?? 500)
  if (!directory.isWhole) {
    await directory.begin(async (target) => await fetchOne(manifest.path, target, () => {}))
    for (const file of directory.missing) {
      await fetchOne(file.path, directory.pathOf(file), (bytes) => options.onProgress?.(file.path, done + bytes, total))
      done += file.bytes
    }
    await directory.finish()
  }
  return {
    id,
    directory: resolve(path),
    files: [...files, manifest].map(({ path, bytes, sha256 }) => ({
      path,
      bytes,
      sha256,
      had: path === manifest.path ? directory.isWhole : !directory.missing.some((each) => each.path === path),
    })),
  }
}

/** Tries again while a try brings the file further, or the reason may pass. */
async function fetchPatiently(
  client: ApiClient,
  listing: Listing,
  path: string,
  target: string,
  onBytes: (done: number) => void,
  retryMs: number,
): Promise<void> {
  let furthest = 0
  for (let failures = 0; ; ) {
    const before = furthest
    try {
      const file = (await listing.files()).find((each) => each.path === path)
      if (file === undefined) throw new Error(`the file ${path} is gone`)
      await fetchFile(
        file,
        target,
        async (offset) => await client.download(file, offset),
        (done) => {
          furthest = Math.max(furthest, done)
          onBytes(done)
        },
      )
      return
    } catch (error) {
      listing.forget()
      failures = furthest > before ? 1 : failures + 1
      if (failures === mostFailures || !mayPass(error)) throw error
      await sleep(retryMs * 2 ** failures)
    }
  }
}

/** An address that expired is a 403 of the store. */
function mayPass(error: unknown): boolean {
  if (error instanceof ApiRefused)
    return error.document.status >= 500 || [403, 408, 429].includes(error.document.status)
  return error instanceof ApiUnreachable || error instanceof BrokenDownload
}
