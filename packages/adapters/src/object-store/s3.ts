import {
  DeleteObjectCommand,
  GetObjectCommand,
  HeadBucketCommand,
  HeadObjectCommand,
  ListObjectsV2Command,
} from '@aws-sdk/client-s3'
import { getSignedUrl } from '@aws-sdk/s3-request-presigner'
import { ObjectNotFound, type ObjectStore } from '@ratchet/ports/object-store.ts'
import { PortError } from '@ratchet/ports/port-error.ts'
import { type ByteRange, checkRange } from './byte-range.ts'
import { checkKey, isKey, isKeyPrefix } from './object-key.ts'
import { createS3Client, placeOf, type S3Settings } from './s3-client.ts'
import { answerOf, failureOfS3 } from './s3-failure.ts'
import { putObject } from './s3-put.ts'

export type S3Store = ObjectStore & {
  /** Throws a PortError whose message says why the bucket cannot be used. */
  check(signal?: AbortSignal): Promise<void>
}

/** Objects in a bucket that exists, on S3 or what speaks its language. It must know conditional writes. */
export function createS3Store(settings: S3Settings): S3Store {
  const { bucket: Bucket } = settings
  const place = placeOf(settings)
  const prefix = settings.prefix.replace(/\/+$/, '')
  if (prefix !== '') checkKey(prefix)
  const root = prefix === '' ? '' : `${prefix}/`
  const client = createS3Client(settings)
  const { publicEndpoint = null } = settings
  if (publicEndpoint !== null) placeOf({ ...settings, endpoint: publicEndpoint })
  const signer = publicEndpoint === null ? client : createS3Client({ ...settings, endpoint: publicEndpoint })
  const nameOf = (key: string): string => {
    checkKey(key)
    checkKey(`${root}${key}`)
    return `${root}${key}`
  }
  const failure = (what: string) => (error: unknown) => {
    throw error instanceof PortError ? error : failureOfS3(place, what, error)
  }

  async function get(key: string, range?: ByteRange): Promise<Uint8Array> {
    const Range = range === undefined ? {} : { Range: `bytes=${range.offset}-${range.offset + range.length - 1}` }
    try {
      const { Body } = await client.send(new GetObjectCommand({ Bucket, Key: nameOf(key), ...Range }))
      // At once: a body that breaks while nobody waits for it would end the process.
      return (await Body?.transformToByteArray()) ?? new Uint8Array()
    } catch (error) {
      const { status, code } = answerOf(error)
      if (code === 'NoSuchKey') throw new ObjectNotFound(key)
      if (status === 416) return new Uint8Array()
      throw error
    }
  }

  async function head(key: string, again = true): Promise<{ bytes: number } | null> {
    try {
      const { ContentLength } = await client.send(new HeadObjectCommand({ Bucket, Key: nameOf(key) }))
      return { bytes: ContentLength ?? 0 }
    } catch (error) {
      const { status } = answerOf(error)
      if (!again || status === null || status >= 500) throw error
    }
    try {
      // An answer to HEAD has no body to say why: the object, its bucket or our user may be missing.
      await get(key, { offset: 0, length: 1 })
    } catch (error) {
      if (error instanceof ObjectNotFound) return null
      throw error
    }
    return await head(key, false)
  }

  async function* list(start: string): AsyncIterable<string> {
    let ContinuationToken: string | undefined
    let last = Buffer.alloc(0)
    do {
      const page = await client.send(new ListObjectsV2Command({ Bucket, Prefix: `${root}${start}`, ContinuationToken }))
      for (const { Key = '' } of page.Contents ?? []) {
        const key = Key.slice(root.length)
        // Others may keep what is no object of ours, as the markers of folders.
        if (!isKey(key)) continue
        const bytes = Buffer.from(key)
        if (Buffer.compare(last, bytes) >= 0)
          throw new PortError(`${place.endpoint} lists ${place.bucket} out of order: use another server`, {
            retryable: false,
          })
        last = bytes
        yield key
      }
      ContinuationToken = page.NextContinuationToken
    } while (ContinuationToken !== undefined)
  }

  async function check(signal?: AbortSignal): Promise<void> {
    const options = signal === undefined ? {} : { abortSignal: signal }
    try {
      await client.send(new HeadBucketCommand({ Bucket }), options)
    } catch (error) {
      if (answerOf(error).status === null) throw error
      // An answer to HEAD has no body to say why it is a refusal.
      await client.send(new ListObjectsV2Command({ Bucket, Prefix: root, MaxKeys: 1 }), options)
    }
  }

  return {
    async put(key, bytes, { ifAbsent = false, contentType } = {}) {
      const write = async () => {
        // Spares sending much for nothing; who was first is decided by the conditional write.
        if (ifAbsent && bytes.length > 1_000_000 && (await head(key)) !== null) return { existed: true }
        return await putObject(client, { bucket: Bucket, key: nameOf(key), bytes, contentType, ifAbsent })
      }
      return await write().catch(failure(`write ${key}`))
    },
    async get(key, range) {
      if (range !== undefined) checkRange(range)
      if (range?.length !== 0) return await get(key, range).catch(failure(`read ${key}`))
      if ((await head(key).catch(failure(`read ${key}`))) === null) throw new ObjectNotFound(key)
      return new Uint8Array()
    },
    head: async (key) => await head(key).catch(failure(`look at ${key}`)),
    async *list(start) {
      if (!isKeyPrefix(start)) return
      try {
        yield* list(start)
      } catch (error) {
        failure(`list ${start}`)(error)
      }
    },
    async delete(key) {
      const command = new DeleteObjectCommand({ Bucket, Key: nameOf(key) })
      await client.send(command).catch((error: unknown) => {
        if (answerOf(error).code !== 'NoSuchKey') failure(`delete ${key}`)(error)
      })
    },
    async presign(key, expiresIn) {
      const command = new GetObjectCommand({ Bucket, Key: nameOf(key) })
      return await getSignedUrl(signer, command, { expiresIn }).catch(failure(`sign ${key}`))
    },
    location: {
      uri: `s3://${Bucket}${prefix === '' ? '' : `/${prefix}`}`,
      // As in errors: an address can hold a password.
      endpoint: settings.endpoint === null ? null : place.endpoint,
      region: settings.region,
    },
    async close() {
      client.destroy()
      signer.destroy()
    },
    check: async (signal) => await check(signal).catch(failure('keep objects')),
  }
}
