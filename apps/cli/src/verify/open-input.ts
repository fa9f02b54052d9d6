import { createReadStream } from 'node:fs'
import { stat } from 'node:fs/promises'
import { addAbortSignal, type Readable } from 'node:stream'
import { UsageError } from '../usage-error.ts'

/** `bytes`: its length, where it is a file. */
export type Input = { readonly stream: Readable; readonly bytes: number | null }

/** The rows of a file, or of standard input where none is named. Reading ends with an error when `signal` is aborted. */
export async function openInput(
  file: string | undefined,
  stdin: () => NodeJS.ReadStream,
  signal: AbortSignal,
): Promise<Input> {
  if (file === undefined || file === '-') {
    const stream = stdin()
    if (stream.isTTY) throw new UsageError('name a file of rows, or pipe them in')
    return { stream: addAbortSignal(signal, stream), bytes: null }
  }
  const found = await stat(file).catch(() => null)
  if (found === null) throw new UsageError(`there is no readable file ${file}`)
  if (found.isDirectory()) throw new UsageError(`${file} is a directory: name a file of rows`)
  const stream = createReadStream(file, { highWaterMark: 256 * 1024 })
  // Opened here, so that a file that may not be read is told before anything else begins.
  await new Promise<void>((resolve, reject) => {
    stream.once('open', () => resolve())
    stream.once('error', (error) => reject(new UsageError(`${file} cannot be read: ${error.message}`)))
  })
  return { stream: addAbortSignal(signal, stream), bytes: found.isFile() ? found.size : null }
}
