import { createHash, randomUUID } from 'node:crypto'
import { createReadStream, existsSync, mkdirSync, renameSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import type { TrainingData } from '@ratchet/ports/cluster.ts'
import type { ObjectStore } from '@ratchet/ports/object-store.ts'
import { PortError } from '@ratchet/ports/port-error.ts'

/** The dataset's files as absolute paths, proven by their hashes; downloaded where the store is not a directory of this machine. */
export async function materialise(data: TrainingData, objects: ObjectStore, directory: string): Promise<string[]> {
  mkdirSync(directory, { recursive: true })
  const paths: string[] = []
  for (const file of data.files) {
    const local = objects.localPath(file.key)
    const path = local === null ? join(directory, `${file.sha256}.jsonl.gz`) : resolve(local)
    if (local === null && !existsSync(path)) {
      const draft = `${path}.${randomUUID()}.partial`
      writeFileSync(draft, await objects.get(file.key))
      renameSync(draft, path)
    }
    const sha256 = await sha256Of(path)
    if (sha256 !== file.sha256)
      throw new PortError(
        `the file ${file.key} of ${data.datasetId} has the hash ${sha256}, its manifest says ${file.sha256}: somebody changed it; make the dataset anew with another iteration`,
        { retryable: false },
      )
    paths.push(path)
  }
  return paths
}

async function sha256Of(path: string): Promise<string> {
  const hash = createHash('sha256')
  for await (const chunk of createReadStream(path)) hash.update(chunk)
  return hash.digest('hex')
}
