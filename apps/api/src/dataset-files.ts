import { createHash } from 'node:crypto'
import type { DatasetVersion } from '@ratchet/domain/dataset-version.ts'
import type { ApiWorld } from './api-world.ts'

export type DatasetFileFacts = {
  readonly path: string
  readonly bytes: number
  readonly sha256: string
  readonly rows: number | null
}

/** What describes a version beside its rows; small, and not listed in the manifest since it holds or depends on it. */
const descriptions = ['README.md', 'manifest.json']

/** All files of a version: those of its manifest, then its manifest and card. */
export async function filesOf(world: ApiWorld, version: DatasetVersion): Promise<DatasetFileFacts[]> {
  const listed = version.manifest.files.map(({ path, bytes, sha256, rows }) => ({ path, bytes, sha256, rows }))
  const described = await Promise.all(
    descriptions.map(async (path) => {
      const key = `${version.prefix}${path}`
      if ((await world.objects.head(key)) === null) return []
      const content = await world.objects.get(key)
      return [{ path, bytes: content.length, sha256: createHash('sha256').update(content).digest('hex'), rows: null }]
    }),
  )
  return [...listed, ...described.flat()]
}
