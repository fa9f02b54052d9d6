import { createHash } from 'node:crypto'
import { type Checkpoint, checkpointPrefix } from '@ratchet/domain/checkpoint.ts'
import { ObjectNotFound, type ObjectStore } from '@ratchet/ports/object-store.ts'
import { CheckpointManifest, manifestLimits } from './checkpoint-manifest.ts'
import { notStored, type StoredFile, type StoredFiles } from './stored-files.ts'

const path = 'manifest.json'

/**
 * The files of a pushed checkpoint: those of its manifest, then the manifest. They come from the object store, and are believed
 * since the manifest has the hash that was recorded. Throws a 409 that says where the weights are when they are not there.
 */
export async function filesOfCheckpoint(objects: ObjectStore, checkpoint: Checkpoint): Promise<StoredFiles> {
  const { id, uri, manifestSha256 } = checkpoint
  const owner = `checkpoint ${id}`
  const remedy = `copy the weights from ${checkpoint.path}, where the trainer left them`
  if (uri === null || manifestSha256 === null)
    throw notStored(`${owner} was not pushed to the object store (train.publishCheckpoints: false): ${remedy}`)
  const prefix = checkpointPrefix(id)
  const content = await readManifest(objects, `${prefix}${path}`)
  if (content === null) throw notStored(`${owner} is gone from the object store, where it was at ${uri}: ${remedy}`)
  const sha256 = createHash('sha256').update(content).digest('hex')
  if (sha256 !== manifestSha256)
    throw notStored(
      `what the object store has at ${uri} is not ${owner}: the SHA-256 of its manifest is not the recorded one; ${remedy}`,
    )
  const files = parseFiles(content)
  if (files === null)
    throw notStored(`the manifest of ${owner} is not one that this version of Ratchet can read: ${remedy}`)
  return { owner, prefix, remedy, files: [...files, { path, bytes: content.length, sha256 }] }
}

/** No more of it than can be a manifest. Null when there is none. */
async function readManifest(objects: ObjectStore, key: string): Promise<Uint8Array | null> {
  try {
    return await objects.get(key, { offset: 0, length: manifestLimits.bytes })
  } catch (error) {
    if (error instanceof ObjectNotFound) return null
    throw error
  }
}

function parseFiles(content: Uint8Array): readonly StoredFile[] | null {
  try {
    return CheckpointManifest.parse(JSON.parse(Buffer.from(content).toString('utf8'))).files
  } catch {
    return null
  }
}
