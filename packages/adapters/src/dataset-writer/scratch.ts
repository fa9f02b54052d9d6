import { mkdir, mkdtemp, readdir, rm, stat } from 'node:fs/promises'
import { join, resolve } from 'node:path'

const begin = 'dataset-'
const dayMs = 24 * 60 * 60 * 1000

/** Runs `work` with an empty directory of its own, which is gone afterwards; what died writers left behind goes after a day. */
export async function withScratch<Result>(
  directory: string,
  work: (scratch: string) => Promise<Result>,
): Promise<Result> {
  const root = resolve(directory)
  await mkdir(root, { recursive: true })
  await removeAbandoned(root)
  const scratch = await mkdtemp(join(root, begin))
  try {
    return await work(scratch)
  } finally {
    await rm(scratch, { recursive: true, force: true })
  }
}

async function removeAbandoned(root: string): Promise<void> {
  for (const name of await readdir(root)) {
    if (!name.startsWith(begin)) continue
    const path = join(root, name)
    const found = await stat(path).catch(() => null)
    if (found !== null && Date.now() - found.mtimeMs > dayMs) await rm(path, { recursive: true, force: true })
  }
}
