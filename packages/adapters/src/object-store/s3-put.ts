import { randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { HeadObjectCommand, PutObjectCommand, type S3Client } from '@aws-sdk/client-s3'
import { Upload } from '@aws-sdk/lib-storage'
import { answerOf } from './s3-failure.ts'

export type S3Put = {
  readonly bucket: string
  readonly key: string
  readonly bytes: Uint8Array
  readonly contentType: string | undefined
  readonly ifAbsent: boolean
}

const mebibyte = 1024 * 1024
/** Larger objects go up in parts, each of which is tried again on its own. */
const partsFrom = 16 * mebibyte
const tries = 12

/** Throws the client's errors. */
export async function putObject(client: S3Client, put: S3Put): Promise<{ existed: boolean }> {
  // Tells our object from another's when the answer to a request that the server did carry out was lost.
  const mark = randomUUID()
  for (let attempt = 1; ; attempt += 1) {
    try {
      await send(client, put, mark)
      return { existed: false }
    } catch (error) {
      const { status, code, attempts } = answerOf(error)
      const lost = code === 'NoSuchUpload' || (status === 412 && (attempts > 1 || attempt > 1))
      if (lost && (await markOf(client, put)) === mark) return { existed: false }
      if (status === 412 && put.ifAbsent) return { existed: true }
      if (!isConflict(status, code) || attempt === tries) throw error
      await sleep(Math.random() * Math.min(2_000, 25 * 2 ** attempt))
    }
  }
}

/** Somebody wrote or deleted the same object at the same time, and S3 decided for neither. */
function isConflict(status: number | null, code: string): boolean {
  return status === 409 && (code === 'ConditionalRequestConflict' || code === 'OperationAborted')
}

async function send(client: S3Client, put: S3Put, mark: string): Promise<void> {
  const params = {
    Bucket: put.bucket,
    Key: put.key,
    Body: put.bytes,
    Metadata: { 'written-by': mark },
    ...(put.contentType === undefined ? {} : { ContentType: put.contentType }),
    ...(put.ifAbsent ? { IfNoneMatch: '*' } : {}),
  }
  if (put.bytes.length < partsFrom) await client.send(new PutObjectCommand(params))
  else await new Upload({ client, params, partSize: partSize(put.bytes.length) }).done()
}

/** S3 takes 10,000 parts. */
function partSize(bytes: number): number {
  return Math.max(8 * mebibyte, Math.ceil(bytes / 10_000))
}

async function markOf(client: S3Client, { bucket, key }: S3Put): Promise<string | null> {
  const head = await client.send(new HeadObjectCommand({ Bucket: bucket, Key: key })).catch(() => null)
  return head?.Metadata?.['written-by'] ?? null
}
