import { createHash } from 'node:crypto'
import { mkdir, open, rename, rm } from 'node:fs/promises'
import { dirname } from 'node:path'
import { hashOf, lookAt, type ProvenFile, sizeOf } from './proven-file.ts'

/** The connection ended too early, or went on with another file's beginning: another try may do better. */
export class BrokenDownload extends Error {
  override readonly name = 'BrokenDownload'
}

/**
 * Downloads one file. It has its name only when it is whole and its hash is right; until then it is `<target>.part`, from which the
 * next call goes on. `download` answers with the bytes from an offset on, or with all of them. Throws BrokenDownload, and an
 * Error when all that came is not the file.
 */
export async function fetchFile(
  file: ProvenFile,
  target: string,
  download: (offset: number) => Promise<Response>,
  onBytes: (done: number) => void = () => {},
): Promise<void> {
  const part = `${target}.part`
  await mkdir(dirname(target), { recursive: true })
  if ((await lookAt(part, file)) !== 'whole') await downloadPart(file, part, download, onBytes)
  await rename(part, target)
}

async function downloadPart(
  { path, bytes, sha256 }: ProvenFile,
  part: string,
  download: (offset: number) => Promise<Response>,
  onBytes: (done: number) => void,
): Promise<void> {
  const partial = (await sizeOf(part)) ?? 0
  const had = partial < bytes ? partial : 0
  const response = await download(had)
  const offset = response.status === 206 ? had : 0
  const hash = offset > 0 ? await hashOf(part) : createHash('sha256')
  const handle = await open(part, offset > 0 ? 'a' : 'w')
  let done = offset
  try {
    for await (const chunk of received(response, path)) {
      done += chunk.length
      if (done > bytes) break
      await handle.writeFile(chunk)
      hash.update(chunk)
      onBytes(done)
    }
    await handle.sync()
  } finally {
    await handle.close()
  }
  if (done < bytes) throw new BrokenDownload(`the download of ${path} broke off at ${done} of ${bytes} bytes`)
  if (done === bytes && hash.digest('hex') === sha256) return
  await rm(part, { force: true })
  const wrong = `what was downloaded as ${path} is not the file of the manifest: its sha256 differs`
  throw offset > 0 ? new BrokenDownload(wrong) : new Error(wrong)
}

/** The body's pieces. A connection that breaks is a BrokenDownload; what the reader does with them fails by itself. */
async function* received(response: Response, path: string): AsyncIterable<Uint8Array> {
  try {
    for await (const chunk of response.body ?? []) yield chunk
  } catch (error) {
    throw new BrokenDownload(`the download of ${path} broke off: the connection ended`, { cause: error })
  }
}
