import { S3Client } from '@aws-sdk/client-s3'
import { PortError } from '@ratchet/ports/port-error.ts'
import type { S3Place } from './s3-failure.ts'

export type S3Settings = {
  readonly bucket: string
  /** What the keys begin with in the bucket, as `team/ratchet`; may be empty. */
  readonly prefix: string
  /** Null for AWS itself. */
  readonly endpoint: string | null
  /** The same server as others reach it, for signed addresses; the endpoint when left out. */
  readonly publicEndpoint?: string | null
  readonly region: string
  /** Null for where the SDK looks for them: environment, profile, role of the machine. */
  readonly credentials: {
    readonly accessKeyId: string
    readonly secretAccessKey: string
    /** Of keys that are good for a while. */
    readonly sessionToken?: string
  } | null
}

/** Bounded in every wait: a server that falls silent is an error. */
export function createS3Client({ endpoint, region, credentials }: S3Settings): S3Client {
  return new S3Client({
    region,
    maxAttempts: 4,
    requestHandler: {
      connectionTimeout: 5_000,
      socketTimeout: 60_000,
      socketAcquisitionWarningTimeout: 3_600_000,
      httpAgent: { keepAlive: true, maxSockets: 64 },
      httpsAgent: { keepAlive: true, maxSockets: 64 },
    },
    // Servers other than AWS rarely have a host name for each bucket.
    ...(endpoint === null ? {} : { endpoint, forcePathStyle: true }),
    ...(credentials === null ? {} : { credentials: { ...credentials } }),
  })
}

/** The names that errors use. The endpoint's are its origin and path: an address can hold a password. Throws PortError. */
export function placeOf({ bucket, endpoint, region }: S3Settings): S3Place {
  if (endpoint === null) return { bucket, endpoint: `S3 in ${region}`, region }
  const url = URL.canParse(endpoint) ? new URL(endpoint) : null
  if (url === null || !/^https?:$/.test(url.protocol))
    throw new PortError('S3_ENDPOINT is no http or https address', { retryable: false })
  return { bucket, endpoint: `${url.origin}${url.pathname === '/' ? '' : url.pathname}`, region }
}
