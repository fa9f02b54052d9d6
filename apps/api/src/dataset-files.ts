import { createHash } from 'node:crypto'
import type { DatasetVersion } from '@ratchet/domain/dataset-version.ts'
import type { ObjectStore } from '@ratchet/ports/object-store.ts'
import type { StoredFile, StoredFiles } from './stored-files.ts'

type DatasetFile = StoredFile & { readonly rows: number | null }

/** What describes a version beside its rows; small, and not listed in the manifest since it holds or depends on it. */
const descriptions = ['README.md', 'manifest.json']

/** All files of a version: those of its manifest, then its card and manifest. */
export async function filesOfDataset(
  objects: ObjectStore,
  { id, prefix, manifest }: DatasetVersion,
): Promise<StoredFiles<DatasetFile>> {
  const listed = manifest.files.map(({ path, bytes, sha256, rows }) => ({ path, bytes, sha256, rows }))
  const described = await Promise.all(
    descriptions.map(async (path) => {
      const key = `${prefix}${path}`
      if ((await objects.head(key)) === null) return []
      const content = await objects.get(key)
      return [{ path, bytes: content.length, sha256: createHash('sha256').update(content).digest('hex'), rows: null }]
    }),
  )
  return {
    owner: `dataset version ${id}`,
    prefix,
    remedy: `restore the objects under ${prefix} from a backup`,
    files: [...listed, ...described.flat()],
  }
}
