import { mkdir, rename } from 'node:fs/promises'
import { isAbsolute, join, normalize, resolve } from 'node:path'
import { UsageError } from '../usage-error.ts'
import { lookAt, type ProvenFile } from './proven-file.ts'

const finished = 'manifest.json'
/** Tells whose files are in a directory in which some are missing yet. */
const unfinished = 'manifest.json.pending'

/** A directory into which something is pulled, and which files of it are there. */
export type PullDirectory = {
  /** Those that are not, or are not whole; never the manifest. */
  readonly missing: readonly ProvenFile[]
  /** Whether all was there, the manifest too. */
  readonly isWhole: boolean
  /** Where a file belongs. */
  readonly pathOf: (file: ProvenFile) => string
  /** Before the first missing file comes: says whose directory it is. `fetchManifest` puts the manifest where it is told. */
  readonly begin: (fetchManifest: (target: string) => Promise<void>) => Promise<void>
  /** When none is missing: gives the manifest its name. */
  readonly finish: () => Promise<void>
}

/**
 * Looks at a directory into which `owner` shall be pulled, and proves what is there. Throws a UsageError when it holds something
 * else, or a file with the name of one of ours.
 */
export async function openPullDirectory(
  path: string,
  owner: string,
  files: readonly ProvenFile[],
  manifest: ProvenFile,
): Promise<PullDirectory> {
  const directory = resolve(path)
  const pathOf = (file: ProvenFile): string => join(directory, safePath(file.path))
  const [kept, pending] = await Promise.all(
    [finished, unfinished].map((name) => lookAt(join(directory, name), manifest)),
  )
  if (kept === 'other' || pending === 'other')
    throw new UsageError(
      `${directory} holds something else: the manifest in it is not that of ${owner}; name another directory with --out`,
    )
  const missing: ProvenFile[] = []
  for (const file of files) {
    const seen = await lookAt(pathOf(file), file)
    if (seen === 'other' && kept === 'absent' && pending === 'absent')
      throw new UsageError(
        `the ${file.path} in ${directory} is not that of ${owner}, and would be overwritten; name another directory with --out`,
      )
    if (seen !== 'whole') missing.push(file)
  }
  return {
    missing,
    isWhole: kept === 'whole' && missing.length === 0,
    pathOf,
    async begin(fetchManifest) {
      await mkdir(directory, { recursive: true })
      if (kept === 'whole') await rename(join(directory, finished), join(directory, unfinished))
      else if (pending === 'absent') await fetchManifest(join(directory, unfinished))
    },
    finish: async () => await rename(join(directory, unfinished), join(directory, finished)),
  }
}

/** A file's path comes from elsewhere: it must not lead out of the directory. */
function safePath(path: string): string {
  const normal = normalize(path)
  if (isAbsolute(normal) || normal.split(/[\\/]/).includes('..'))
    throw new Error(`the file name ${JSON.stringify(path)} is not acceptable`)
  return normal
}
